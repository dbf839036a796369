import Forecasting
import TimeSeries

/// A part of a snapshot that the present configuration cannot use.
struct SnapshotLoss: Sendable, Equatable {
  var stream: String
  /// What begins anew, for the log.
  var part: String
  var reason: String
}

extension PartitionState {
  /// Restores the state from a snapshot. Each stream, and each table of a stream, stands for itself:
  /// what no longer fits begins anew, and the rest goes on.
  ///
  /// - Returns: what was saved and begins anew.
  /// - Throws: if nothing can be restored, or if tables contradict each other. The partition then
  ///   needs an older snapshot or the log.
  mutating func restore(
    _ snapshot: PartitionSnapshot, models: ModelRegistry
  ) throws(SnapshotError) -> [SnapshotLoss] {
    var losses: [SnapshotLoss] = []
    let sources = sources(in: snapshot)
    for (number, source) in sources.enumerated() {
      guard let source else { continue }  // A new stream has nothing to lose.
      let saved = snapshot.streams[source]
      losses += try streams[number].restore(saved, models: models, seed: settings.seed)
      losses += insertKeys(ofStream: number)
    }
    for (number, saved) in snapshot.streams.enumerated() where !sources.contains(number) {
      losses.append(
        SnapshotLoss(
          stream: saved.name, part: "\(saved.keys.count { !$0.isEmpty }) series",
          reason: "the stream is not configured any more"))
    }
    let hasSeries = snapshot.streams.contains { $0.keys.contains { !$0.isEmpty } }
    guard !hasSeries || streams.contains(where: { $0.series.count > 0 }) else {
      throw .incompatible(
        losses.map { "\($0.stream): \($0.reason)" }.joined(separator: "; "))
    }
    nextOffset = snapshot.nextOffset
    clock.restore(
      watermark: snapshot.watermark, logTime: snapshot.logTime, channels: snapshot.channels)
    clock.recount(streams)
    for number in streams.indices {
      streams[number].waiting.settling.lookAhead(of: clock.watermark)
    }
    lastRecord = snapshot.lastRecord
    events = snapshot.events
    markCommitted()
    return losses
  }

  /// The number of the saved stream for each configured one: that of the same name, or else the one
  /// that nobody has by name and whose series it mostly takes now, because it was renamed.
  func sources(in snapshot: PartitionSnapshot) -> [Int?] {
    let names = settings.streams.map(\.name)
    var sources = names.map { name in snapshot.streams.firstIndex { $0.name == name } }
    let orphans = snapshot.streams.indices.filter { !names.contains(snapshot.streams[$0].name) }
    for orphan in orphans {
      let keys = snapshot.streams[orphan].keys.filter { !$0.isEmpty }
      var counts = [Int](repeating: 0, count: names.count)
      for key in keys {
        if let stream = admission.matchingStream(of: SeriesKey(canonical: key)) {
          counts[stream] += 1
        }
      }
      let heir = counts.indices.first {
        sources[$0] == nil && counts[$0] * 2 > keys.count
          && snapshot.streams[orphan].interval == settings.streams[$0].alignment.interval
      }
      if let heir { sources[heir] = orphan }
    }
    return sources
  }

  /// Makes a restored stream's series known, except those that belong to another stream by now.
  private mutating func insertKeys(ofStream number: Int) -> [SnapshotLoss] {
    var movedCount = 0
    for row in 0..<streams[number].series.count where !streams[number].series[row].isFree {
      let key = streams[number].series[row].key
      if admission.matchingStream(of: SeriesKey(canonical: key)) == number {
        key.withUnsafeBytes { index.insert($0, stream: Int32(number), row: Int32(row)) }
      } else {
        streams[number].forget(row)
        movedCount += 1
      }
    }
    guard movedCount > 0 else { return [] }
    return [
      SnapshotLoss(
        stream: settings.streams[number].name, part: "\(movedCount) series",
        reason: "the patterns of the streams give them to another stream, or to none")
    ]
  }
}
