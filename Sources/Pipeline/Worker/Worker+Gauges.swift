import Calibration
import Detection
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
      if partition.clock.watermark != .min, !settings.timeIsIndex {
        metrics.watermark.set(Double(partition.clock.watermark) * 1e-3, for: labels)
        metrics.freshness.set(Double(now - partition.clock.watermark) * 1e-3, for: labels)
      }
      updateHorizon(of: partition)
      for stream in partition.streams {
        let meter = stream.calibration.coverage
        let names = [stream.settings.name] + labels
        metrics.budgetSpent.set(stream.ledger.spent, for: names)
        metrics.budgetLeft.set(stream.ledger.left, for: names)
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

  /// Shows the channel that holds the time of a partition.
  private mutating func updateHorizon(of partition: PartitionState) {
    let labels = [partition.id.topic, "\(partition.id.partition)"]
    let holder = partition.clock.channels.holder
    if let former = shownHolders[partition.id], former != holder {
      metrics.horizon.remove(labels + [former])
      shownHolders[partition.id] = nil
    }
    guard let holder, partition.clock.channels.horizon != .min else { return }
    shownHolders[partition.id] = holder
    metrics.horizon.set(
      Double(partition.clock.channels.horizon) * 1e-3, for: labels + [holder])
    let now = turnBeganNanoseconds
    guard partition.clock.isHeld, now - lastHoldingWarning > Self.holdingWarningNanoseconds else {
      return
    }
    lastHoldingWarning = now
    log.warning(
      "a channel holds back the time of a partition: buckets stay open until its points are routed",
      [
        "channel": holder, "partition": "\(partition.id)",
        "behind_seconds":
          "\((partition.clock.logTime - partition.clock.channels.horizon) / 1_000)",
      ])
  }

  /// A channel that is behind is worth a line in the log once a minute.
  private static var holdingWarningNanoseconds: Int64 { 60_000_000_000 }

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
        metrics.budgetSpent.remove([stream.settings.name] + labels)
        metrics.budgetLeft.remove([stream.settings.name] + labels)
        for interval in stream.calibration.intervals {
          metrics.coverage.remove(coverageLabels(stream, interval, labels))
        }
      }
      for family in [metrics.series, metrics.lag, metrics.watermark, metrics.freshness] {
        family.remove(labels)
      }
      if let holder = shownHolders[partition.id] { metrics.horizon.remove(labels + [holder]) }
    }
  }
}
