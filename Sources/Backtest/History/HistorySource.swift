import MetricFormats
package import Pipeline
import Replay
package import TimeSeries

/// Series of a history as one partition of one topic, merged by time, one compact record a point.
///
/// Of equal times the series that comes first in the history is delivered first, so that the order
/// depends on the history alone.
package final class HistorySource: MessageSource {
  static let partition = PartitionID(topic: "history", partition: 0)

  /// The decoders of a worker that reads this source.
  package static var decoders: InputDecoders {
    InputDecoders([InputDecoders.Input(topic: partition.topic, format: CompactPoints.input)])
  }

  private let series: [History.Series]
  private var queue = MergeQueue()
  /// Index of the next point of each series.
  private var next: [Int]
  /// Newest time of each series so far: a point that is late in its file is delivered late too.
  private var times: [Milliseconds]
  private var isAssigned = false
  private var slot = 0
  private var nextOffset: Int64 = 0
  private var bytes = LentBytes()
  private var record: [UInt8] = []
  /// The newest time that was delivered.
  private(set) var newestTime: Milliseconds = .min
  package private(set) var deliveredCount = 0

  package init(series: [History.Series]) {
    self.series = series
    next = Array(repeating: 0, count: series.count)
    times = series.map { $0.times.first ?? .min }
    for (number, entry) in series.enumerated() where !entry.times.isEmpty {
      queue.insert(number, time: times[number])
    }
  }

  package func clusterID() throws(TransportError) -> String { "history" }

  package func poll(
    _ limits: BatchLimits, into messages: inout [InputMessage]
  ) throws(TransportError) -> PollResult {
    guard isAssigned else {
      isAssigned = true
      return .assigned([Self.partition])
    }
    var lent: [(key: Range<Int>, value: Range<Int>)] = []
    bytes.removeAll()
    while lent.count < limits.messagesMaximum, let number = queue.first {
      let entry = series[number]
      let index = next[number]
      record.removeAll(keepingCapacity: true)
      CompactPoints.begin(&record)
      CompactPoints.append(
        kind: entry.kind, time: entry.times[index], value: entry.values[index],
        to: &record)
      let key = bytes.append(entry.key)
      lent.append((key, bytes.append(record)))
      newestTime = max(newestTime, entry.times[index])
      advance(number)
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

  /// Goes to the next point of the first series.
  private func advance(_ number: Int) {
    next[number] += 1
    guard next[number] < series[number].times.count else { return queue.removeFirst() }
    times[number] = max(times[number], series[number].times[next[number]])
    queue.moveFirst(to: times[number])
  }

  package func start(_ positions: [StartPosition]) throws(TransportError) {
    for position in positions { slot = position.slot }
  }

  package func release() throws(TransportError) {}

  package func committed(_ partition: PartitionID) throws(TransportError) -> CommittedOffset? {
    nil
  }

  package func logRange(_ partition: PartitionID) throws(TransportError) -> Range<Int64> {
    0..<nextOffset
  }

  package func offset(
    _ partition: PartitionID, at time: Milliseconds
  ) throws(TransportError) -> Int64? { nil }

  package func knownEnd(_ partition: PartitionID) -> Int64? { nil }

  package func isAtEnd(_ partition: PartitionID) -> Bool { queue.isEmpty }

  package func findEnd(_ partition: PartitionID) -> EndOfLog {
    isAtEnd(partition) ? .reached : .notReached
  }

  package func setPaused(
    _ partition: PartitionID, _ isPaused: Bool
  ) throws(TransportError) {
    throw Self.notALog
  }

  package func seek(_ partition: PartitionID, to offset: Int64) throws(TransportError) {
    throw Self.notALog
  }

  private static let notALog = TransportError.fatal(
    "a history is read from its beginning to its end: start the backtest again")
}
