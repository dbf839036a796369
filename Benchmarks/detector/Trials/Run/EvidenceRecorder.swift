import Detection
import Pipeline
import TimeSeries

/// Records what the detector reports of each series: openings, and the steps with evidence.
final class EvidenceRecorder: PipelineObserver {
  /// A step that opens an incident, or belongs to one.
  struct Mark: Sendable {
    var step: Int
    var evidence: Evidence
    var isOpening: Bool
  }

  private let numbers: [[UInt8]: Int]
  private let firstEnd: Milliseconds
  private let interval: Milliseconds
  private(set) var marks: [[Mark]]
  private(set) var judgedCount = 0
  private let forecastTimes: Range<Milliseconds>
  private var forecastCount = 0
  private var networkCount = 0

  /// - Parameters:
  ///   - keys: of the series, in the order of their numbers.
  ///   - firstEnd: the end of the bucket of step 0.
  ///   - forecastSteps: steps whose forecasters are counted.
  init(
    keys: [[UInt8]], firstEnd: Milliseconds, interval: Milliseconds, forecastSteps: Range<Int>
  ) {
    numbers = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, $0) })
    self.firstEnd = firstEnd
    self.interval = interval
    forecastTimes =
      firstEnd + Milliseconds(forecastSteps.lowerBound) * interval..<firstEnd + Milliseconds(
        forecastSteps.upperBound) * interval
    marks = Array(repeating: [], count: keys.count)
  }

  func judged(
    series key: [UInt8], stream: String, time: Milliseconds, value: Double,
    verdict: AnomalyVerdict
  ) {
    judgedCount += 1
    guard verdict.isAnomalous || verdict.event == .open || verdict.event == .update,
      let number = numbers[key], let evidence = verdict.evidence
    else { return }
    marks[number].append(
      Mark(
        step: Int((time - firstEnd) / interval), evidence: evidence,
        isOpening: verdict.isOpening))
  }

  func step(series key: [UInt8], stream: String, time: Milliseconds, value: Double) {}

  func forecast(
    series key: [UInt8], stream: String, time: Milliseconds, values: UnsafeBufferPointer<Double>,
    network: UnsafeBufferPointer<Double>, forecaster: Forecaster, isWarming: Bool
  ) {
    guard forecastTimes.contains(time) else { return }
    forecastCount += 1
    if forecaster == .network { networkCount += 1 }
  }

  /// The share of the counted forecasts that the network made.
  var networkShare: Double { Double(networkCount) / Double(max(1, forecastCount)) }
}
