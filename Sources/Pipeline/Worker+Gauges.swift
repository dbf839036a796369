import Forecasting
import Metrics
import TimeSeries

extension Worker {
  /// Keeps the gauges of what the worker holds true, about once a second.
  mutating func updateGauges() {
    guard turnBeganNanoseconds - lastGaugesNanoseconds >= 1_000_000_000 else { return }
    lastGaugesNanoseconds = turnBeganNanoseconds
    let now = clock.now()
    for partition in partitions {
      let labels = [partition.id.topic, "\(partition.id.partition)"]
      metrics.series.set(Double(partition.seriesCount), for: labels)
      if let end = source.knownEnd(partition.id) {
        metrics.lag.set(Double(max(0, end - partition.nextOffset)), for: labels)
      }
      if partition.watermark.time != .min {
        metrics.watermark.set(Double(partition.watermark.time) * 1e-3, for: labels)
        metrics.freshness.set(Double(now - partition.watermark.time) * 1e-3, for: labels)
      }
    }
    for stream in settings.streams {
      let version = models.champion(of: stream.name)?.version ?? 0
      metrics.modelVersion.set(Double(version), for: [stream.name])
    }
  }

  /// Ends the exposition of partitions that go to another process.
  func removeGauges() {
    for partition in partitions {
      let labels = [partition.id.topic, "\(partition.id.partition)"]
      for family in [metrics.series, metrics.lag, metrics.watermark, metrics.freshness] {
        family.remove(labels)
      }
    }
  }
}
