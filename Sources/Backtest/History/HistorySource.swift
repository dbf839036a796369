import MetricFormats
import Pipeline
import TimeSeries

/// Series of a history as one partition of one topic, merged by time, one compact record a point.
///
/// Of equal times the series that was named first comes first, so that the order depends on nothing
/// but the history.
final class HistorySource: MessageSource {
  static let partition = PartitionID(topic: "history", partition: 0)

  /// What a worker needs to read this source.
  static var decoders: InputDecoders {
    InputDecoders([InputDecoders.Input(topic: partition.topic, format: CompactFormat.input)])
  }

  private struct Cursor {
    var series: Int
    var next = 0
    /// Newest time of the series so far: what comes late in a file came late in life.
    var time: Milliseconds
  }

  private let series: [History.Series]
  /// A heap by time, then series.
  private var queue: [Cursor] = []
  private var isAssigned = false
  private var slot = 0
  private var nextOffset: Int64 = 0
  private var bytes = LentBytes()
  private var record: [UInt8] = []
  /// Newest time delivered.
  private(set) var newestTime: Milliseconds = .min
  private(set) var deliveredCount = 0

  init(series: [History.Series]) {
    self.series = series
    for (number, entry) in series.enumerated() {
      guard let first = entry.times.first else { continue }
      queue.append(Cursor(series: number, time: first))
    }
    queue.sort(by: Self.precedes)
  }

  func clusterID() throws(TransportError) -> String { "history" }

  func poll(
    _ limits: BatchLimits, into messages: inout [InputMessage]
  ) throws(TransportError) -> PollResult {
    guard isAssigned else {
      isAssigned = true
      return .assigned([Self.partition])
    }
    var lent: [(key: Range<Int>, value: Range<Int>)] = []
    bytes.removeAll()
    while lent.count < limits.messagesMaximum, let cursor = queue.first {
      let entry = series[cursor.series]
      record.removeAll(keepingCapacity: true)
      CompactFormat.begin(&record)
      CompactFormat.append(
        kind: entry.kind, time: entry.times[cursor.next], value: entry.values[cursor.next],
        to: &record)
      let key = bytes.append(entry.key)
      lent.append((key, bytes.append(record)))
      newestTime = max(newestTime, entry.times[cursor.next])
      advance(past: cursor)
    }
    guard !lent.isEmpty else { return .ended }
    for place in lent {
      messages.append(
        InputMessage(
          slot: slot, offset: nextOffset, recordTime: nil, recordClock: .producer,
          key: bytes[place.key], value: bytes[place.value]))
      nextOffset += 1
    }
    deliveredCount += lent.count
    return .messages
  }

  /// Puts the first cursor to its place for the point after.
  private func advance(past cursor: Cursor) {
    let times = series[cursor.series].times
    var moved = cursor
    moved.next += 1
    if moved.next < times.count {
      moved.time = max(moved.time, times[moved.next])
      queue[0] = moved
    } else {
      let last = queue.removeLast()
      guard !queue.isEmpty else { return }
      queue[0] = last
    }
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < queue.count && Self.precedes(queue[child], queue[least]) { least = child }
      if least == parent { return }
      queue.swapAt(least, parent)
      parent = least
    }
  }

  private static func precedes(_ left: Cursor, _ right: Cursor) -> Bool {
    (left.time, left.series) < (right.time, right.series)
  }

  func start(_ positions: [StartPosition]) throws(TransportError) {
    for position in positions { slot = position.slot }
  }

  func release() throws(TransportError) {}

  func committed(_ partition: PartitionID) throws(TransportError) -> CommittedOffset? { nil }

  func logRange(_ partition: PartitionID) throws(TransportError) -> Range<Int64> { 0..<nextOffset }

  func offset(
    _ partition: PartitionID, at time: Milliseconds
  ) throws(TransportError) -> Int64? { nil }

  func knownEnd(_ partition: PartitionID) -> Int64? { nil }

  func isAtEnd(_ partition: PartitionID) -> Bool { queue.isEmpty }

  func findEnd(_ partition: PartitionID) -> EndOfLog {
    isAtEnd(partition) ? .reached : .notReached
  }

  func setPaused(
    _ partition: PartitionID, _ isPaused: Bool
  ) throws(TransportError) {
    throw Self.notALog
  }

  func seek(_ partition: PartitionID, to offset: Int64) throws(TransportError) {
    throw Self.notALog
  }

  private static let notALog = TransportError.fatal(
    "a history is read from its beginning to its end: start the backtest again")
}
