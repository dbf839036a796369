import Detection
import Forecasting
import Glibc
import MetricFormats
import Pipeline
import PipelineTesting
import TestSupport
import TimeSeries

/// Series that are high from 8 to 18 o'clock in Berlin, with noise, before and after a change to or
/// from summer time; what a stream that never trains says of them.
final class OfficeHours: PipelineObserver {
  static let hour: Milliseconds = 3_600_000
  static let week: Milliseconds = 7 * 24 * hour
  static let seriesCount = 8
  /// Weeks before the change, and after it.
  static let weeks = (before: 9, after: 2)

  let interval: Milliseconds
  let change: Milliseconds
  /// Whether weekends are as quiet as nights.
  private let hasWeekends: Bool
  private let clock: TimeZoneRules
  private let settings: PipelineSettings
  /// Incidents opened in each week, −1 being the last one before the change.
  private(set) var opened: [Int: Int] = [:]
  /// Sum of the medians' absolute errors and of the quantile losses, and their count, by week of
  /// the target.
  private var errors: [Int: (error: Double, loss: Double, count: Double)] = [:]
  private var actuals: [Milliseconds: [[UInt8]: Double]] = [:]
  private var forecasts: [(time: Milliseconds, series: [UInt8], values: [Double])] = []

  /// - Parameter zone: of the stream; `nil` is that of the series.
  init(
    interval: Milliseconds, seasons: [Int], change: Milliseconds, zone: TimeZoneRules? = nil
  ) throws {
    self.interval = interval
    self.change = change
    hasWeekends = seasons.count > 1
    clock = try TimeZoneRules(name: "Europe/Berlin", file: ZoneFile.berlin)
    let stream = StreamSettings(
      name: "office", patterns: [try SeriesPattern("*")],
      alignment: AlignmentSettings(interval: interval),
      model: ModelSettings(
        interval: interval, seasons: seasons, quantiles: Self.levels, hiddenSize: 4,
        timeZone: zone ?? clock),
      training: TrainingSettings(), retraining: nil, anomalies: AnomalySettings())
    settings = untimedPipeline(stream, batch: 1_000)
  }

  private static let levels = [0.1, 0.25, 0.5, 0.75, 0.9]

  func run(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    let begin = change - Milliseconds(Self.weeks.before) * Self.week
    for time in stride(
      from: begin, to: change + Milliseconds(Self.weeks.after) * Self.week, by: Int(interval))
    {
      let hour = clock.local(time) / Self.hour % 24
      let isBusy = (8..<18).contains(hour) && (clock.weekday(time) < 5 || !hasWeekends)
      for number in 0..<Self.seriesCount {
        // Nearly normal, of deviation 4.
        let noise = 4 * ((0..<12).reduce(0) { sum, _ in sum + random.uniform() } - 6)
        let value = (isBusy ? 120 : 20 + 10 * Double(number)) + noise
        log.append(value: point("s\(number)", time: time, value: value), recordTime: time)
      }
    }
    let rig = Rig(settings, log: log)
    var worker = rig.worker()
    worker.observer = self
    try worker.runToEnd()
    score()
  }

  func judged(
    series key: [UInt8], stream: String, time: Milliseconds, value: Double, verdict: AnomalyVerdict
  ) {
    if verdict.isOpening { opened[week(of: time), default: 0] += 1 }
  }

  func step(series key: [UInt8], stream: String, time: Milliseconds, value: Double) {
    actuals[time, default: [:]][key] = value
  }

  func forecast(
    series key: [UInt8], stream: String, time: Milliseconds, values: UnsafeBufferPointer<Double>,
    network: UnsafeBufferPointer<Double>, forecaster: Forecaster, isWarming: Bool
  ) {
    forecasts.append((time, key, Array(values)))
  }

  private func week(of time: Milliseconds) -> Int {
    Int(AlignmentSettings.floor(time - 1 - change, to: Self.week) / Self.week)
  }

  private func score() {
    let levels = Self.levels
    for (time, series, values) in forecasts {
      for step in 0..<values.count / levels.count {
        let target = time + Milliseconds(step + 1) * interval
        guard let actual = actuals[target]?[series] else { continue }
        var sums = errors[week(of: target)] ?? (0, 0, 0)
        sums.count += 1
        for (number, level) in levels.enumerated() {
          let difference = actual - values[step * levels.count + number]
          sums.loss += max(level * difference, (level - 1) * difference)
          if level == 0.5 { sums.error += abs(difference) }
        }
        errors[week(of: target)] = sums
      }
    }
  }

  /// Mean absolute error of the medians in a week.
  func error(week: Int) -> Double { errors[week].map { $0.error / $0.count } ?? .nan }

  /// Mean quantile loss in a week.
  func loss(week: Int) -> Double { errors[week].map { $0.loss / $0.count } ?? .nan }

  /// Incidents of a series in a usual week, by the weeks before the change that the detector has
  /// known two seasons in.
  var usualIncidents: Double {
    Double((-4...(-1)).reduce(0) { $0 + (opened[$1] ?? 0) }) / 4 / Double(Self.seriesCount)
  }

  func incidents(week: Int) -> Double {
    Double(opened[week] ?? 0) / Double(Self.seriesCount)
  }
}
