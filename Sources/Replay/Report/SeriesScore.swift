import Scores
import TimeSeries

/// Compares every forecast of one series, at all its steps, with the actual values and with the
/// seasonal naive forecast.
///
/// A class, because it is found by key and changed in place at each step.
/// Memory: 12 bytes × horizon², 8 bytes × (season + horizon), and 6 KiB.
final class SeriesScore {
  /// A forecast some of whose targets are still to come.
  private struct Origin {
    var time: Milliseconds = .min
    /// Number of the series' step it was made at.
    var step = 0
    var score = NaiveComparison()
  }

  /// The forecast of one target.
  private struct Expectation {
    var median: Float
    var low: Float
    var high: Float
  }

  let stream: ScoredStream
  private var levelCount: Int { stream.levels.levels.count }
  private(set) var stepCount = 0
  private(set) var missingCount = 0
  /// Steps up to the last one with a value; the silence after it is no part of the series.
  private var length = 0
  private(set) var forecastCount = 0
  var anomalyCount = 0
  /// Scores of the forecasts whose targets have all come or were skipped.
  private var finished = ScoresByAge()
  private var lastTime: Milliseconds?
  /// About the newest step.
  private var leads = ClockLeads()
  /// The value of bucket end `t` is at `(t / interval) mod count`.
  private let values: UnsafeMutableBufferPointer<Double>
  /// The forecast made at `t` is at `(t / interval) mod horizon`.
  private let origins: UnsafeMutableBufferPointer<Origin>
  /// [origins, horizon]
  private let expectations: UnsafeMutableBufferPointer<Expectation>

  init(stream: ScoredStream) {
    self.stream = stream
    values = .allocate(
      capacity: stream.season + stream.horizon + 1 + stream.civil.yearlyChange)
    values.initialize(repeating: .nan)
    origins = .allocate(capacity: stream.horizon)
    origins.initialize(repeating: Origin())
    expectations = .allocate(capacity: stream.horizon * stream.horizon)
    expectations.initialize(repeating: Expectation(median: .nan, low: .nan, high: .nan))
  }

  deinit {
    values.deallocate()
    origins.deallocate()
    expectations.deallocate()
  }

  /// Takes a step; a value that is not a number is missing.
  func observe(time: Milliseconds, value: Double) {
    forgetSkipped(until: time)
    stepCount += 1
    lastTime = time
    values[slot(of: time, values.count)] = value
    guard value.isFinite else {
      missingCount += 1
      return
    }
    length = stepCount
    leads.move(to: time, stream.civil, past: values.count, ahead: 0)
    for step in 1...stream.horizon {
      let made = time - Milliseconds(step) * stream.interval
      let slot = slot(of: made, stream.horizon)
      guard origins[slot].time == made else { continue }
      let expectation = expectations[slot * stream.horizon + step - 1]
      origins[slot].score.add(
        actual: value, median: Double(expectation.median), low: Double(expectation.low),
        high: Double(expectation.high), naive: naive(step: step))
    }
  }

  /// Takes the forecast made at the newest step.
  ///
  /// - Parameter forecast: [horizon, quantiles]
  func issue(time: Milliseconds, forecast: UnsafeBufferPointer<Double>) {
    guard time == lastTime, forecast.count == stream.horizon * levelCount else { return }
    forecastCount += 1
    let slot = slot(of: time, stream.horizon)
    finish(slot)
    origins[slot] = Origin(time: time, step: stepCount - 1)
    for step in 0..<stream.horizon {
      let row = step * levelCount
      expectations[slot * stream.horizon + step] = Expectation(
        median: Float(forecast[row + stream.levels.median]),
        low: Float(forecast[row + stream.interval80.low]),
        high: Float(forecast[row + stream.interval80.high]))
    }
  }

  /// The score of all forecasts made after the first share of the series' steps.
  func total(warmUpShare: Double) -> NaiveComparison {
    for slot in 0..<stream.horizon { finish(slot) }
    return finished.total(from: Double(length) * warmUpShare)
  }

  private func finish(_ slot: Int) {
    guard origins[slot].time != .min else { return }
    finished.add(origins[slot].score, step: origins[slot].step)
    origins[slot] = Origin()
  }

  /// The newest value, known when the forecast was made so many steps ago, that is whole seasons
  /// before the newest step by the stream's clock; NaN if it is not kept.
  ///
  /// - Source: Hyndman & Athanasopoulos 2021, "Forecasting: principles and practice", §5.2.
  private func naive(step: Int) -> Double {
    guard let lastTime else { return .nan }
    var plain = (step + stream.season - 1) / stream.season * stream.season
    var back = plain
    if !leads.isConstant {
      back = plain + leads.lead(-plain) - leads.lead(0)
      // After a change to summer time a local time of the season before may have been to come.
      while back < step {
        plain += stream.season
        back = plain + leads.lead(-plain) - leads.lead(0)
      }
    }
    guard back < values.count else { return .nan }
    return values[slot(of: lastTime - Milliseconds(back) * stream.interval, values.count)]
  }

  /// Removes the old values of the buckets that were skipped.
  private func forgetSkipped(until time: Milliseconds) {
    guard let lastTime, time > lastTime + stream.interval else { return }
    let skipped = min((time - lastTime) / stream.interval - 1, Milliseconds(values.count))
    for back in 0..<skipped {
      values[slot(of: time - (back + 1) * stream.interval, values.count)] = .nan
    }
  }

  private func slot(of time: Milliseconds, _ count: Int) -> Int {
    let remainder = (time / stream.interval) % Milliseconds(count)
    return Int(remainder < 0 ? remainder + Milliseconds(count) : remainder)
  }
}
