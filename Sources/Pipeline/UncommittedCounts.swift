import Metrics
import TimeSeries

/// What a worker or the router has counted since its last commit. The commit publishes it; an abort
/// discards it, because the same input is then processed again.
struct UncommittedCounts {
  /// Forecast records, and their bytes.
  var forecasts = 0
  var forecastBytes = 0
  var anomalies = 0
  var missingValues = 0
  var routedPoints = 0
  /// Points that no stream matches.
  var unmatched = CountsByInput()
  /// Points whose times are decades from their records'.
  var distant = CountsByInput()
  private var drops = [Int](repeating: 0, count: DropReason.allCases.count)
  private var isEmpty = true

  mutating func drop(_ reason: DropReason) {
    drops[Int(reason.rawValue)] += 1
    isEmpty = false
  }

  mutating func publish(to metrics: PipelineMetrics) {
    metrics.forecasts.add(forecasts)
    metrics.forecastBytes.add(forecastBytes)
    metrics.anomalies.add(anomalies)
    metrics.missingValues.add(missingValues)
    metrics.routedPoints.add(routedPoints)
    unmatched.publish(to: metrics.unmatched)
    distant.publish(to: metrics.distant)
    if !isEmpty {
      for reason in DropReason.allCases where drops[Int(reason.rawValue)] > 0 {
        metrics.drops.add(drops[Int(reason.rawValue)], reason)
      }
    }
    discard()
  }

  mutating func discard() {
    (forecasts, forecastBytes, anomalies, missingValues, routedPoints) = (0, 0, 0, 0, 0)
    unmatched.discard()
    distant.discard()
    guard !isEmpty else { return }
    for number in drops.indices { drops[number] = 0 }
    isEmpty = true
  }
}

/// Points by the topic that they came from.
struct CountsByInput {
  private var counts: [String: Int] = [:]

  mutating func add(_ count: Int, input topic: String) {
    guard count > 0 else { return }
    counts[topic, default: 0] += count
  }

  func publish(to counters: PipelineMetrics.InputCounters) {
    for (topic, count) in counts { counters.add(count, input: topic) }
  }

  mutating func discard() {
    if !counts.isEmpty { counts.removeAll(keepingCapacity: true) }
  }
}
