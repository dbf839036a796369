/// The identity of the last record in a snapshot. It tells whether the log still has that record.
struct RecordCheck: Sendable, Equatable {
  var offset: Int64
  /// A hash of key and value.
  var digest: UInt64

  init(offset: Int64, digest: UInt64) {
    self.offset = offset
    self.digest = digest
  }

  init(_ message: InputMessage) {
    offset = message.offset
    digest = SeriesIndex.hash(message.key) &* 31 &+ SeriesIndex.hash(message.value)
  }
}
