import TimeSeries

extension BaselineKind {
  /// The name in reports for people.
  var title: String {
    switch self {
    case .naive: "naive"
    case .seasonalNaive: "seasonal naive"
    case .longSeasonalNaive: "long seasonal naive"
    case .holtWinters: "Holt–Winters"
    case .autoregression: "seasonal autoregression"
    }
  }

  var key: String { name.description }
}

extension Forecaster {
  /// The name in reports for people.
  var title: String {
    switch self {
    case .network: "network"
    case .baseline(let kind): kind.title
    }
  }
}
