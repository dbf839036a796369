import Calibration
import Forecasting
import Metrics
import TimeSeries

extension Worker {
  /// Updates the gauges of this worker's partitions and of the models, about once a second.
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
      // An index has no age.
      if partition.watermark.time != .min, !settings.timeIsIndex {
        metrics.watermark.set(Double(partition.watermark.time) * 1e-3, for: labels)
        metrics.freshness.set(Double(now - partition.watermark.time) * 1e-3, for: labels)
      }
      for stream in partition.streams {
        let meter = stream.calibration.coverage
        for (interval, share) in zip(stream.calibration.intervals, meter.shares)
        where !share.isNaN {
          metrics.coverage.set(share, for: coverageLabels(stream, interval, labels))
        }
      }
    }
    for stream in settings.streams {
      let version = models.champion(of: stream.name)?.version ?? 0
      metrics.modelVersion.set(Double(version), for: [stream.name])
    }
  }

  /// The labels of a coverage gauge. The interval is labelled with its nominal coverage in percent,
  /// so that each interval has only one spelling.
  private func coverageLabels(
    _ stream: StreamState, _ interval: CentralInterval, _ partition: [String]
  ) -> [String] {
    let thousandths = Int(((1 - interval.missShare) * 1000).rounded())
    let text = thousandths % 10 == 0 ? "\(thousandths / 10)" : "\(Double(thousandths) / 10)"
    return [stream.settings.name] + partition + [text]
  }

  /// Removes the gauges of the partitions that are given up.
  func removeGauges() {
    for partition in partitions {
      let labels = [partition.id.topic, "\(partition.id.partition)"]
      for stream in partition.streams {
        for interval in stream.calibration.intervals {
          metrics.coverage.remove(coverageLabels(stream, interval, labels))
        }
      }
      for family in [metrics.series, metrics.lag, metrics.watermark, metrics.freshness] {
        family.remove(labels)
      }
    }
  }
}
