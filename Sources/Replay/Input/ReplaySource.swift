package import MetricFormats
package import Pipeline
package import TimeSeries

/// Files as one partition of one topic, merged by time, so that the series of different files run
/// side by side as they did when they were recorded.
///
/// All formats are decoded here, because the merge needs the times. Each point becomes a compact
/// record. A row or line that cannot be used becomes a refusal at its place in the file; the worker
/// counts it and writes a dead letter. So the worker has one input, one order and one watermark.
/// Within a file the order is that of the file: a row that is older than the one before it comes
/// after that one, and the worker decides whether it is late.
///
/// Memory: a few hundred kilobytes, and one buffer of 64 KiB a file.
package final class ReplaySource: MessageSource {
  package static let partition = PartitionID(topic: "replay", partition: 0)

  private let files: [FileRecords]
  private var queue = MergeQueue()
  /// False where the files only number their rows.
  package let hasTimes: Bool
  /// The times of the points that were delivered.
  private(set) var seriesTimes = SeriesTimes()
  private var batch = ReplayBatch()
  private var isAssigned = false
  private var slot = 0
  /// Offset of the first message of the batch.
  private var batchOffset: Int64 = 0
  private var nextOffset: Int64 = 0

  /// - Parameter lineFormat: of the files that are not tables.
  /// - Throws: where a file cannot be read, where it is not the table that its name says it is, or
  ///   where some files have times and others do not.
  package init(files: [ReplayFile], lineFormat: InputFormat) throws(ReplayError) {
    let decoder = LineDecoder(lineFormat)
    self.files = files.enumerated().map { number, file in
      FileRecords(file: file, number: number, decoder: decoder)
    }
    for file in self.files where try file.advance() {
      queue.insert(file.number, time: file.time)
    }
    hasTimes = self.files.allSatisfy(\.hasTimes)
    guard hasTimes || !self.files.contains(where: \.hasTimes) else { throw .mixedTimes }
  }

  /// The decoders of a worker that reads this source.
  package static var decoders: InputDecoders {
    InputDecoders([InputDecoders.Input(topic: partition.topic, format: CompactPoints.input)])
  }

  package var totalByteCount: Int { files.reduce(0) { $0 + $1.file.byteCount } }
  package var consumedByteCount: Int { files.reduce(0) { $0 + $1.consumedByteCount } }
  /// Empty values of tables and nulls of messages read so far.
  package var missingValueCount: Int { files.reduce(0) { $0 + $1.missingValueCount } }

  /// The origin of a message of the batch that was lent last.
  package func origin(of offset: Int64) -> MessageOrigin? {
    let index = Int(offset - batchOffset)
    guard offset >= batchOffset, index < batch.count else { return nil }
    return batch.origin(of: index, files: files)
  }

  // MARK: - MessageSource

  package func clusterID() throws(TransportError) -> String { "replay" }

  package func poll(
    _ limits: BatchLimits, into messages: inout [InputMessage]
  ) throws(TransportError) -> PollResult {
    guard isAssigned else {
      isAssigned = true
      return .assigned([Self.partition])
    }
    batch.removeAll()
    batchOffset = nextOffset
    while batch.count < limits.messagesMaximum, batch.byteCount < limits.bytesMaximum,
      let file = queue.first
    {
      files[file].appendMessage(to: &batch)
      files[file].note(in: &seriesTimes)
      do {
        if try files[file].advance() {
          queue.moveFirst(to: files[file].time)
        } else {
          queue.removeFirst()
        }
      } catch {
        throw .fatal("\(error)")
      }
    }
    guard batch.count > 0 else { return .ended }
    nextOffset += Int64(batch.count)
    batch.lend(slot: slot, firstOffset: batchOffset, to: &messages)
    return .messages
  }

  package func start(_ positions: [StartPosition]) throws(TransportError) {
    for position in positions {
      switch position.offset {
      case .earliest, .at(0): slot = position.slot
      case .at, .latest: throw Self.notALog
      }
    }
  }

  package func release() throws(TransportError) {}

  package func committed(_ partition: PartitionID) throws(TransportError) -> CommittedOffset? {
    nil
  }

  package func logRange(_ partition: PartitionID) throws(TransportError) -> Range<Int64> {
    batchOffset..<nextOffset
  }

  package func offset(
    _ partition: PartitionID, at time: Milliseconds
  ) throws(TransportError) -> Int64? { nil }

  package func knownEnd(_ partition: PartitionID) -> Int64? { nil }

  package func isAtEnd(_ partition: PartitionID) -> Bool { queue.first == nil }

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
    "files are replayed from their beginning to their end: start the replay again")
}
