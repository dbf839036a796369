/// The topics that the daemon writes.
package enum OutputTopic: Int, Sendable, CaseIterable {
  case forecasts
  case anomalies
  case deadLetters
  case points
  /// One report for each training.
  case reports

  /// As it stands in metric labels.
  package var name: String {
    switch self {
    case .forecasts: "forecasts"
    case .anomalies: "anomalies"
    case .deadLetters: "dead_letters"
    case .points: "points"
    case .reports: "reports"
    }
  }
}
