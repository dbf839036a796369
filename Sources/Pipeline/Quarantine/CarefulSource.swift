package import TimeSeries

/// A source that delivers as little at once as its `AttemptLog` says, and marks the messages that are
/// quarantined, which decoders then make dead letters of.
package final class CarefulSource: ChannelSource {
  private let source: any ChannelSource
  private let attempts: AttemptLog
  /// The partitions by slot.
  private var partitions: [Int: PartitionID] = [:]

  package init(_ source: any ChannelSource, attempts: AttemptLog) {
    self.source = source
    self.attempts = attempts
  }

  package var wantsCommit: Bool { attempts.attempts.care != .ordinary }

  package func poll(
    _ limits: BatchLimits, into messages: inout [InputMessage]
  ) throws(TransportError) -> PollResult {
    var limits = limits
    limits.messagesMaximum = min(limits.messagesMaximum, attempts.attempts.batchMaximum)
    let result = try source.poll(limits, into: &messages)
    guard let first = messages.first, let partition = partitions[first.slot] else { return result }
    attempts.noteDelivered(
      messages.count, first: Attempts.Place(partition: partition, offset: first.offset))
    for place in attempts.attempts.quarantined {
      for number in messages.indices
      where messages[number].offset == place.offset
        && partitions[messages[number].slot] == place.partition
      {
        messages[number].isQuarantined = true
      }
    }
    return result
  }

  package func start(_ positions: [StartPosition]) throws(TransportError) {
    partitions.removeAll()
    for position in positions { partitions[position.slot] = position.partition }
    try source.start(positions)
  }

  package func release() throws(TransportError) {
    partitions.removeAll()
    try source.release()
  }

  package func committed(_ partition: PartitionID) throws(TransportError) -> CommittedOffset? {
    let committed = try source.committed(partition)
    if let committed { attempts.noteCommitted(committed.offset, of: partition) }
    return committed
  }

  package func clusterID() throws(TransportError) -> String { try source.clusterID() }

  package func logRange(_ partition: PartitionID) throws(TransportError) -> Range<Int64> {
    try source.logRange(partition)
  }

  package func offset(
    _ partition: PartitionID, at time: Milliseconds
  ) throws(TransportError) -> Int64? {
    try source.offset(partition, at: time)
  }

  package func knownEnd(_ partition: PartitionID) -> Int64? { source.knownEnd(partition) }

  package func isAtEnd(_ partition: PartitionID) -> Bool { source.isAtEnd(partition) }

  package func findEnd(_ partition: PartitionID) -> EndOfLog { source.findEnd(partition) }

  package func findEnds(_ partitions: [PartitionID]) -> [Int64?] { source.findEnds(partitions) }

  package func readThrough(_ partition: PartitionID) -> Int64 { source.readThrough(partition) }

  package func partitionCount(ofTopic topic: String) throws(TransportError) -> Int {
    try source.partitionCount(ofTopic: topic)
  }

  package func setPaused(
    _ partition: PartitionID, _ isPaused: Bool
  ) throws(TransportError) {
    try source.setPaused(partition, isPaused)
  }

  package func seek(_ partition: PartitionID, to offset: Int64) throws(TransportError) {
    try source.seek(partition, to: offset)
  }
}
