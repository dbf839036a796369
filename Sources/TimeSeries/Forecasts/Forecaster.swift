/// A forecast method that needs no training beyond the series' own past.
package enum BaselineKind: Int, CaseIterable, Sendable {
  /// The newest value.
  case naive
  /// The value one short season before.
  case seasonalNaive
  /// The value one long season before.
  case longSeasonalNaive
  case holtWinters
  case autoregression

  package var name: StaticString {
    switch self {
    case .naive: "naive"
    case .seasonalNaive: "seasonal_naive"
    case .longSeasonalNaive: "long_seasonal_naive"
    case .holtWinters: "holt_winters"
    case .autoregression: "autoregression"
    }
  }
}

/// Who made a forecast.
package enum Forecaster: Sendable, Equatable, Hashable {
  case network
  /// The mean of the network's and a baseline's quantiles.
  case combined(BaselineKind)
  case baseline(BaselineKind)

  package static let allCases: [Forecaster] =
    [.network] + BaselineKind.allCases.map { .combined($0) }
    + BaselineKind.allCases.map { .baseline($0) }

  /// Its place in `allCases`.
  package var number: Int {
    switch self {
    case .network: 0
    case .combined(let kind): 1 + kind.rawValue
    case .baseline(let kind): 1 + BaselineKind.allCases.count + kind.rawValue
    }
  }

  /// As records have it.
  package var name: StaticString {
    switch self {
    case .network: "network"
    case .baseline(let kind): kind.name
    case .combined(let kind):
      switch kind {
      case .naive: "network+naive"
      case .seasonalNaive: "network+seasonal_naive"
      case .longSeasonalNaive: "network+long_seasonal_naive"
      case .holtWinters: "network+holt_winters"
      case .autoregression: "network+autoregression"
      }
    }
  }

  /// Whether the network has a part in it.
  package var includesNetwork: Bool {
    switch self {
    case .network, .combined: true
    case .baseline: false
    }
  }
}
