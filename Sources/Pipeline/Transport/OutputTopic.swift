/// The topics that the daemon writes.
package enum OutputTopic: Int, Sendable, CaseIterable {
  case forecasts
  case anomalies
  case deadLetters
  case points
  /// One report for each training.
  case reports
}
