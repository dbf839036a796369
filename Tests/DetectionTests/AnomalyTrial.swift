import Detection
import TestSupport
import TimeSeries

/// One series of minutes with a forecast for every step.
struct AnomalyTrial {
  var table: AnomalyTable
  var step = 0

  init(_ settings: AnomalySettings = AnomalySettings()) {
    table = AnomalyTable(settings: settings, pace: DetectionPace(interval: 60_000))
    table.appendRow()
  }

  /// A series around 10 with errors of one standard deviation.
  static func learned(
    _ settings: AnomalySettings = AnomalySettings(), steps: Int = 2_000, seed: UInt64 = 7
  ) -> (AnomalyTrial, RandomSource) {
    var trial = AnomalyTrial(settings)
    var random = RandomSource(seed: seed)
    var calm = 0
    // What has happened by chance is over.
    while trial.step < steps || calm < 60 {
      let verdict = trial.take(10 + random.gaussian(), expecting: 10)
      calm = verdict.openedAt == nil && verdict.score < 0.4 ? calm + 1 : 0
    }
    return (trial, random)
  }

  mutating func take(
    _ value: Double, expecting median: Double, width: Double = 2.56, lag: Double = .nan,
    flags: Step.Flags = [], readings: UInt16 = 0, planned: PlannedEffect = []
  ) -> AnomalyVerdict {
    step += 1
    let time = Milliseconds(step) * 60_000
    table.expect(
      row: 0, time: time, median: median, low: median - width, high: median + width, width: width)
    return table.judge(
      Step(row: 0, time: time, value: value, flags: flags, readings: readings), lag: lag,
      planned: planned)
  }

  var time: Milliseconds { Milliseconds(step) * 60_000 }
}
