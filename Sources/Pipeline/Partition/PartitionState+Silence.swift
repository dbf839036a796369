import Detection
import TimeSeries

/// A series that was forgotten, for the log.
struct ForgottenSeries: Sendable {
  enum Reason: String, Sendable { case expired, displaced }

  var stream: String
  var key: [UInt8]
  var newestTime: Milliseconds?
  var reason: Reason
}

extension StreamState {
  /// Whether there is, or will be, a row for a new series.
  mutating func admitsSeries(at watermark: Milliseconds) -> Bool {
    silence.admits(seriesCount: series.seriesCount, at: watermark, alignment)
  }

  fileprivate mutating func expiredRows(at watermark: Milliseconds) -> [Int] {
    silence.expired(at: watermark, alignment)
  }

  fileprivate mutating func displacedRows(at watermark: Milliseconds) -> [Int] {
    silence.displaced(seriesCount: series.seriesCount, at: watermark, alignment)
  }
}

extension PartitionState {
  /// Notes, after a record, whether series are to be forgotten before the next one, or what they have in
  /// common is to be renewed.
  mutating func lookForUpkeep() {
    for stream in streams.indices {
      if isRenewalDue(of: stream)
        || streams[stream].silence.isDue(
          seriesCount: streams[stream].series.seriesCount, at: clock.watermark)
      {
        needsUpkeep = true
      }
    }
  }

  private func isRenewalDue(of stream: Int) -> Bool {
    clock.watermark != .min && clock.watermark >= streams[stream].nextRenewal
  }

  /// Renews what the series have in common, and forgets those that have expired, and the longest silent
  /// ones where there are too many.
  ///
  /// - Precondition: all steps are computed: their rows are used for other series from now on.
  mutating func keepUp() -> [ForgottenSeries] {
    precondition(sequence.isEmpty, "a row is freed after its steps")
    needsUpkeep = false
    for stream in streams.indices where isRenewalDue(of: stream) {
      streams[stream].anomalies.renewPool(
        at: clock.watermark, interval: streams[stream].settings.alignment.interval)
      streams[stream].noteRenewal()
    }
    var forgotten: [ForgottenSeries] = []
    for stream in streams.indices {
      let series = streams[stream].series.seriesCount
      guard streams[stream].silence.isDue(seriesCount: series, at: clock.watermark) else {
        continue
      }
      let expired = streams[stream].expiredRows(at: clock.watermark)
      for row in expired { forgotten.append(forget(row, of: stream, because: .expired)) }
      let displaced = streams[stream].displacedRows(at: clock.watermark)
      for row in displaced { forgotten.append(forget(row, of: stream, because: .displaced)) }
      streams[stream].alignment.countForgotten(
        expired: expired.count, displaced: displaced.count)
    }
    clock.recount(streams)
    return forgotten
  }

  private mutating func forget(
    _ row: Int, of stream: Int, because reason: ForgottenSeries.Reason
  ) -> ForgottenSeries {
    let key = streams[stream].series[row].key
    let forgotten = ForgottenSeries(
      stream: streams[stream].settings.name, key: key,
      newestTime: streams[stream].alignment.newestTime(row: row), reason: reason)
    key.withUnsafeBytes { index.remove($0) }
    streams[stream].forget(row)
    return forgotten
  }
}
