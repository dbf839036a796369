import TimeSeries

/// Encoded records of a batch, kept until they can be sent in the order of the log.
///
/// Steps are computed in rounds of distinct series, so records are finished in an order that
/// depends on the batch; `sortByStep` puts them into the order of their steps.
struct OutputBuffer {
  struct Record: BitwiseCopyable {
    /// Number of the step in the segment, which orders the records.
    var entry: Int32
    var topic: Int32
    var stream: Int32
    var key: Key
    var start: Int
    var end: Int
    var timestamp: Milliseconds
  }

  /// What the record is about, which gives its key.
  enum Key: BitwiseCopyable {
    case series(row: Int)
    case group(Int)
  }

  var bytes: [UInt8] = []
  private(set) var records: [Record] = []

  /// Adds the bytes from `start` to the end as one record.
  mutating func finish(
    from start: Int, entry: Int, topic: OutputTopic, stream: Int, key: Key, timestamp: Milliseconds
  ) {
    records.append(
      Record(
        entry: Int32(entry), topic: Int32(topic.rawValue), stream: Int32(stream), key: key,
        start: start, end: bytes.count, timestamp: timestamp))
  }

  mutating func sortByStep() {
    records.sort { ($0.entry, $0.topic, $0.start) < ($1.entry, $1.topic, $1.start) }
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    records.removeAll(keepingCapacity: true)
  }
}
