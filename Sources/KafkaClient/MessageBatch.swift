import CLibrdkafka

/// Messages as librdkafka delivered them, without a copy and without an allocation per message.
///
/// It keeps the client alive until ``removeAll()``, and everything read from its messages is valid
/// until then. One batch is meant to be used again and again.
package struct MessageBatch: ~Copyable {
  package private(set) var count = 0
  /// Sum of the keys' and values' sizes.
  package private(set) var byteCount = 0
  private var entries: UnsafeMutableBufferPointer<KafkaMessage>
  private var client: ClientHandle?

  package init(capacity: Int = 1024) {
    entries = .allocate(capacity: max(1, capacity))
  }

  deinit {
    for index in 0..<count { rd_kafka_message_destroy(entries[index].pointer) }
    entries.deallocate()
  }

  package var isEmpty: Bool { count == 0 }

  /// - Precondition: `index` is below `count`.
  package subscript(index: Int) -> KafkaMessage {
    precondition(index >= 0 && index < count, "no message \(index) in a batch of \(count)")
    return entries[index]
  }

  package mutating func removeAll() {
    for index in 0..<count { rd_kafka_message_destroy(entries[index].pointer) }
    count = 0
    byteCount = 0
    client = nil
  }

  mutating func retain(_ client: ClientHandle) {
    precondition(
      count == 0 || self.client === client, "a batch holds messages of one consumer at a time")
    self.client = client
  }

  mutating func append(_ message: KafkaMessage) {
    if count == entries.count { grow() }
    entries.initializeElement(at: count, to: message)
    count += 1
    byteCount += message.byteCount
  }

  private mutating func grow() {
    let larger = UnsafeMutableBufferPointer<KafkaMessage>.allocate(capacity: 2 * entries.count)
    _ = larger.moveInitialize(
      fromContentsOf: UnsafeMutableBufferPointer(rebasing: entries[..<count]))
    entries.deallocate()
    entries = larger
  }
}
