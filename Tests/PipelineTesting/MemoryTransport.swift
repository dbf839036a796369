package import Pipeline
package import TimeSeries

/// A topic in memory: its partitions with their records, and the committed offsets of a group.
///
/// For tests of the worker loop; `MemorySink` writes its commits here.
package final class MemoryLog {
  package struct Record: Sendable {
    package var recordTime: Milliseconds?
    package var recordClock: RecordClock
    package var key: [UInt8]
    package var value: [UInt8]
  }

  package let topic: String
  package private(set) var partitions: [[Record]]
  package internal(set) var committed: [PartitionID: CommittedOffset] = [:]
  package var clusterID = "memory"
  package private(set) var firstOffsets: [Int64]

  package init(topic: String, partitionCount: Int) {
    self.topic = topic
    partitions = Array(repeating: [], count: partitionCount)
    firstOffsets = Array(repeating: 0, count: partitionCount)
  }

  /// - Parameter recordTime: `nil` for a record without a timestamp. No point is then refused as
  ///   `future`, and outputs are stamped with event time.
  package func append(
    partition: Int = 0, key: String = "", value: String, recordTime: Milliseconds?,
    recordClock: RecordClock = .broker
  ) {
    append(
      partition: partition, key: Array(key.utf8), value: Array(value.utf8), recordTime: recordTime,
      recordClock: recordClock)
  }

  package func append(
    partition: Int, key: [UInt8], value: [UInt8], recordTime: Milliseconds?,
    recordClock: RecordClock = .broker
  ) {
    partitions[partition].append(
      Record(recordTime: recordTime, recordClock: recordClock, key: key, value: value))
  }

  /// Commits an offset, as a worker that is not under test would.
  package func commit(_ offset: CommittedOffset, of partition: PartitionID) {
    committed[partition] = offset
  }

  /// Forgets what the group has committed, as if it was renamed or its offsets had expired.
  package func forgetCommits() { committed.removeAll() }

  /// Removes the oldest records of a partition, as a broker's retention does.
  package func truncate(partition: Int, before offset: Int64) { firstOffsets[partition] = offset }

  package var ids: [PartitionID] {
    partitions.indices.map { PartitionID(topic: topic, partition: Int32($0)) }
  }
}

/// Reads a `MemoryLog`. The first poll assigns all its partitions. The source ends when all records
/// are read.
package final class MemorySource: ChannelSource {
  private let log: MemoryLog
  private var isAssigned = false
  private var positions: [(slot: Int, partition: Int, next: Int)] = []
  /// The bytes of the last batch, to which its messages point.
  private var lent: [UnsafeMutableRawBufferPointer] = []
  /// Assignments and revocations to deliver before further messages.
  package var scriptedRebalances: [PollResult] = []
  private var paused: Set<PartitionID> = []
  /// Messages delivered so far.
  package private(set) var deliveredCount = 0
  /// Called when a partition is paused or resumed.
  package var onSetPaused: ((PartitionID, Bool) -> Void)?
  /// Partitions that have messages but deliver none.
  package var silenced: Set<PartitionID> = []
  /// Whether `isAtEnd` knows the ends of partitions; otherwise only `findEnd` does.
  package var knowsEnds = true
  /// Whether `findEnd` gets an answer from the log.
  package var isReachable = true
  /// Whether the source ends when all records are read; otherwise it stays idle.
  package var isFinite = true

  private let assigned: [Int]

  /// - Parameter partitions: what the first poll assigns; `nil` is all.
  package init(log: MemoryLog, partitions: [Int]? = nil) {
    self.log = log
    assigned = partitions ?? Array(log.partitions.indices)
  }

  deinit { release(&lent) }

  package func clusterID() throws(TransportError) -> String { log.clusterID }

  package func poll(
    _ limits: BatchLimits, into messages: inout [InputMessage]
  ) throws(TransportError) -> PollResult {
    if !isAssigned {
      isAssigned = true
      return .assigned(assigned.map { log.ids[$0] })
    }
    if !scriptedRebalances.isEmpty { return scriptedRebalances.removeFirst() }
    release(&lent)
    var bytes = 0
    for index in positions.indices
    where isDelivering(log.ids[positions[index].partition]) {
      let records = log.partitions[positions[index].partition]
      while positions[index].next < records.count, messages.count < limits.messagesMaximum,
        bytes < limits.bytesMaximum
      {
        let record = records[positions[index].next]
        bytes += record.key.count + record.value.count
        messages.append(
          InputMessage(
            slot: positions[index].slot, offset: Int64(positions[index].next),
            recordTime: record.recordTime, recordClock: record.recordClock,
            key: lend(record.key), value: lend(record.value)))
        positions[index].next += 1
        deliveredCount += 1
      }
    }
    return messages.isEmpty && isFinite ? .ended : .messages
  }

  private func isDelivering(_ partition: PartitionID) -> Bool {
    !paused.contains(partition) && !silenced.contains(partition)
  }

  package func start(_ starts: [StartPosition]) throws(TransportError) {
    for start in starts {
      let partition = Int(start.partition.partition)
      let next =
        switch start.offset {
        case .at(let offset): Int(max(offset, log.firstOffsets[partition]))
        case .earliest: Int(log.firstOffsets[partition])
        case .latest: log.partitions[partition].count
        }
      positions.append((slot: start.slot, partition: partition, next: next))
    }
  }

  package func release() throws(TransportError) { positions.removeAll() }

  package func committed(_ partition: PartitionID) throws(TransportError) -> CommittedOffset? {
    log.committed[partition]
  }

  package func logRange(_ partition: PartitionID) throws(TransportError) -> Range<Int64> {
    let number = Int(partition.partition)
    return log.firstOffsets[number]..<Int64(log.partitions[number].count)
  }

  package func offset(
    _ partition: PartitionID, at time: Milliseconds
  ) throws(TransportError) -> Int64? {
    let records = log.partitions[Int(partition.partition)]
    let first = Int(log.firstOffsets[Int(partition.partition)])
    return records.indices.dropFirst(first).first { (records[$0].recordTime ?? .min) >= time }
      .map(Int64.init)
  }

  package func knownEnd(_ partition: PartitionID) -> Int64? {
    Int64(log.partitions[Int(partition.partition)].count)
  }

  package func isAtEnd(_ partition: PartitionID) -> Bool { knowsEnds && hasDeliveredAll(partition) }

  private func hasDeliveredAll(_ partition: PartitionID) -> Bool {
    let records = log.partitions[Int(partition.partition)]
    return !positions.contains {
      $0.partition == Int(partition.partition) && $0.next < records.count
    }
  }

  package func findEnd(_ partition: PartitionID) -> EndOfLog {
    if !isReachable { return .unknown }
    return hasDeliveredAll(partition) ? .reached : .notReached
  }

  package func findEnds(_ partitions: [PartitionID]) -> [Int64?] {
    partitions.map { isReachable ? Int64(log.partitions[Int($0.partition)].count) : nil }
  }

  package func readThrough(_ partition: PartitionID) -> Int64 {
    positions.first { $0.partition == Int(partition.partition) }.map { Int64($0.next) } ?? -1
  }

  package func partitionCount(ofTopic topic: String) throws(TransportError) -> Int {
    log.partitions.count
  }

  package func setPaused(
    _ partition: PartitionID, _ isPaused: Bool
  ) throws(TransportError) {
    onSetPaused?(partition, isPaused)
    if isPaused { paused.insert(partition) } else { paused.remove(partition) }
  }

  package func seek(_ partition: PartitionID, to offset: Int64) throws(TransportError) {
    for index in positions.indices where positions[index].partition == Int(partition.partition) {
      positions[index].next = Int(offset)
    }
  }

  private func lend(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    copy.copyBytes(from: bytes)
    lent.append(copy)
    return UnsafeRawBufferPointer(copy)
  }

  private func release(_ buffers: inout [UnsafeMutableRawBufferPointer]) {
    for buffer in buffers { buffer.deallocate() }
    buffers.removeAll()
  }
}

/// Keeps the records that a worker sends. It is transactional, and its commits fail on demand.
package final class MemorySink: ChannelSink {
  package struct Record: Sendable, Equatable {
    package var topic: OutputTopic
    package var key: [UInt8]
    package var value: [UInt8]
    package var headers: [RecordHeader]
    package var timestamp: Milliseconds

    package subscript(header name: String) -> String? {
      headers.first { $0.name == name }?.value
    }
  }

  private let log: MemoryLog
  /// The committed records.
  package private(set) var records: [Record] = []
  private var pending: [Record] = []
  package private(set) var commitCount = 0
  package private(set) var abortCount = 0
  /// Called before each commit takes effect, with what is to be committed.
  package var onCommit: (([OffsetCommit]) -> Void)?
  /// Errors that the next commits throw.
  package var scriptedCommitErrors: [TransportError] = []

  package init(log: MemoryLog) { self.log = log }

  package func records(of topic: OutputTopic) -> [Record] { records.filter { $0.topic == topic } }

  /// The most bytes that topics take; all of them take everything else.
  package var bytesMaximum: [OutputTopic: Int] = [:]

  package func recordBytesMaximum(of topic: OutputTopic) -> Int { bytesMaximum[topic] ?? .max }

  package func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) -> SendOutcome {
    guard key.count + value.count + headers.byteCount <= recordBytesMaximum(of: topic) else {
      return .refused("too large")
    }
    pending.append(
      Record(
        topic: topic, key: Array(key), value: Array(value), headers: headers.headers,
        timestamp: timestamp))
    return .sent
  }

  /// Whether the points topic has records of an earlier router.
  package var hasFormerPoints = false

  package func pointsTopicHasRecords() -> Bool {
    hasFormerPoints || records.contains { $0.topic == .points }
  }

  /// The keys by which points were placed, by series.
  package private(set) var placements: [[UInt8]: [UInt8]] = [:]

  package func sendPoints(
    key: UnsafeRawBufferPointer, placement: UnsafeRawBufferPointer,
    value: UnsafeRawBufferPointer, headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) {
    placements[Array(key)] = Array(placement)
    _ = try send(.points, key: key, value: value, headers: headers, timestamp: timestamp)
  }

  package func sendToAllPointsPartitions(
    key: UnsafeRawBufferPointer, timestamp: Milliseconds
  ) throws(TransportError) {
    pending.append(
      Record(topic: .points, key: Array(key), value: [], headers: [], timestamp: timestamp))
  }

  package func commit(_ offsets: [OffsetCommit]) throws(TransportError) {
    onCommit?(offsets)
    if !scriptedCommitErrors.isEmpty { throw scriptedCommitErrors.removeFirst() }
    records += pending
    pending.removeAll()
    for offset in offsets { log.committed[offset.partition] = offset.committed }
    commitCount += 1
  }

  package func abort() throws(TransportError) {
    abortCount += 1
    pending.removeAll()
  }
}
