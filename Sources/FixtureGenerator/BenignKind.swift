/// An event of a series that is not an anomaly.
package enum BenignKind: String, CaseIterable, Sendable {
  case counterReset = "counter_reset"
  case levelChange = "level_change"
  case gap

  package var summary: String {
    switch self {
    case .counterReset: "the counter starts again from zero"
    case .levelChange: "the level changes for good"
    case .gap: "a few values are missing, as usual for this series"
    }
  }
}
