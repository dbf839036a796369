package import TimeSeries

/// What the detector's memories and pauses are for the steps of a stream.
package struct DetectionPace: Sendable, Equatable {
  /// Seconds of a step.
  let stepSeconds: Double
  /// Steps of a day.
  let stepsPerDay: Double
  /// Steps back to the value that a value is compared with: a day, or a week where a day is short.
  let seasonSteps: Double
  /// Factor of the long-run gains: memories are no shorter than a day.
  let pace: Double
  /// Steps over which errors are smoothed.
  let smoothing: Double
  /// Steps without an alarm that end an incident.
  package let rest: Int
  /// Steps over which the comparison with the season is smoothed.
  let seasonSmoothing: Double
  /// Gain of the statistics that are followed for long.
  let gain: Double

  private static let weekSeconds = 604_800.0

  /// - Parameter interval: of the stream; an index counts as minutes.
  package init(interval: Milliseconds, timeIsIndex: Bool = false) {
    stepSeconds = timeIsIndex ? 60 : Double(interval) / 1_000
    stepsPerDay = max(1, (86_400 / stepSeconds).rounded())
    seasonSteps = stepsPerDay < 168 ? 7 * stepsPerDay : stepsPerDay
    pace = min(1, 300 / stepsPerDay)
    let isSlow = stepSeconds >= 1_800
    smoothing = isSlow ? 3 : 10
    rest = isSlow ? 6 : 30
    seasonSmoothing = max(6, min(32, stepsPerDay / 4))
    gain = 0.005 * pace
  }

  /// Steps after which a series has shown most of what it does: two weeks.
  var familiarSteps: Double { 2 * stepsPerWeek }

  /// Values that must be known before errors are judged in the widths of their intervals: two days, or two
  /// weeks of hours, because a network that knows less of a series is too sure of itself.
  var intervalMinimum: Int { max(336, min(2 * Int(stepsPerDay), 2_880)) }

  /// Steps of a week.
  var stepsPerWeek: Double { Self.weekSeconds / stepSeconds }
}
