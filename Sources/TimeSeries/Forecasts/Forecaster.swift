/// A forecast method that needs no training beyond the past of the series.
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
  case baseline(BaselineKind)

  package static let allCases: [Forecaster] =
    [.network] + BaselineKind.allCases.map { .baseline($0) }

  /// The index in `allCases`.
  package var number: Int {
    switch self {
    case .network: 0
    case .baseline(let kind): 1 + kind.rawValue
    }
  }

  /// The name in records.
  package var name: StaticString {
    switch self {
    case .network: "network"
    case .baseline(let kind): kind.name
    }
  }
}
