/// The daemon's own topics.
package enum OutputTopic: Int, Sendable, CaseIterable {
  case forecasts
  case anomalies
  case deadLetters
  case points
  /// Evidence of each retraining.
  case reports
}
