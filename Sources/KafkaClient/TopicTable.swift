import CLibrdkafka

/// Small numbers for topic handles, so that a message's topic is found without its name.
struct TopicTable: ~Copyable {
  private(set) var names: [String] = []
  private var handles: [(pointer: OpaquePointer, index: Int)] = []

  /// Gives the names the first indices, in order.
  mutating func reserve(_ topics: [String]) {
    for topic in topics where !names.contains(topic) { names.append(topic) }
  }

  mutating func index(of handle: OpaquePointer, client: ClientHandle) throws(KafkaError) -> Int {
    for entry in handles where entry.pointer == handle { return entry.index }
    let name = String(cString: rd_kafka_topic_name(handle))
    if !names.contains(name) { names.append(name) }
    // The reference taken here keeps the address from being used for another topic.
    let kept = try client.topicHandle(name)
    let index = names.firstIndex(of: name) ?? names.count - 1
    if kept == handle {
      handles.append((kept, index))
    } else {
      rd_kafka_topic_destroy(kept)
    }
    return index
  }

  /// Must happen before the client is destroyed.
  mutating func close() {
    for entry in handles { rd_kafka_topic_destroy(entry.pointer) }
    handles.removeAll()
  }
}
