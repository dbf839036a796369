import CLibrdkafka

/// Where a consumer should read, what its group has committed, and where a partition ends.
extension KafkaConsumer {
  /// Partitions that are paused keep their assignment and position, but deliver nothing.
  package func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
    let list = PartitionList(partitions)
    try check(rd_kafka_pause_partitions(handle.pointer, list.pointer), "pause partitions")
    try list.checkElements("pause")
  }

  package func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
    let list = PartitionList(partitions)
    try check(rd_kafka_resume_partitions(handle.pointer, list.pointer), "resume partitions")
    try list.checkElements("resume")
  }

  /// Moves assigned partitions; messages fetched before are dropped by the library.
  package func seek(_ offsets: [PartitionOffset], timeout: Duration) throws(KafkaError) {
    let list = PartitionList(offsets)
    if let error = rd_kafka_seek_partitions(handle.pointer, list.pointer, timeout.milliseconds) {
      throw KafkaError(consuming: error, "seek")
    }
    try list.checkElements("seek")
  }

  /// What the group has committed, with metadata; `none` where it has nothing.
  package func committed(
    _ partitions: [TopicPartition], timeout: Duration
  ) throws(KafkaError) -> [PartitionOffset] {
    let operation = "read committed offsets"
    let list = PartitionList(partitions)
    try check(rd_kafka_committed(handle.pointer, list.pointer, timeout.milliseconds), operation)
    try list.checkElements(operation)
    return list.offsets
  }

  /// Offset of the oldest record, and of the next one to be written, as the broker says now.
  package func watermarks(
    _ partition: TopicPartition, timeout: Duration
  ) throws(KafkaError) -> (low: Int64, high: Int64) {
    var low: Int64 = 0
    var high: Int64 = 0
    try check(
      rd_kafka_query_watermark_offsets(
        handle.pointer, partition.topic, partition.partition, &low, &high, timeout.milliseconds),
      "query the watermarks of \(partition)")
    return (low, high)
  }

  /// One past the last record of each partition, as the brokers say now, in the order of the
  /// partitions. Every broker is asked once.
  package func ends(
    _ partitions: [TopicPartition], timeout: Duration
  ) throws(KafkaError) -> [Int64] {
    let latest: Int64 = -1  // In place of a time, this asks for the end.
    let found = try offsets(partitions, atTimestampMilliseconds: latest, timeout: timeout)
    return found.map { $0.offset.value ?? 0 }
  }

  /// The number of partitions of a topic.
  package func partitionCount(
    ofTopic name: String, timeout: Duration
  ) throws(KafkaError) -> Int {
    let topic = rd_kafka_topic_new(handle.pointer, name, nil)
    defer { if let topic { rd_kafka_topic_destroy(topic) } }
    return try ClusterMetadata(client: handle.pointer, topic: topic, timeout: timeout)
      .partitionCount
  }

  /// The same as the last fetch said, without asking; `nil` before the first.
  package func cachedWatermarks(_ partition: TopicPartition) -> (low: Int64, high: Int64)? {
    var low: Int64 = 0
    var high: Int64 = 0
    let code = rd_kafka_get_watermark_offsets(
      handle.pointer, partition.topic, partition.partition, &low, &high)
    return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? (low, high) : nil
  }

  /// The first record of each partition whose timestamp is at or after `timestampMilliseconds`;
  /// `end` where there is none.
  package func offsets(
    _ partitions: [TopicPartition], atTimestampMilliseconds timestamp: Int64, timeout: Duration
  ) throws(KafkaError) -> [PartitionOffset] {
    let operation = "find offsets by time"
    let list = PartitionList(partitions, offset: timestamp)
    try check(
      rd_kafka_offsets_for_times(handle.pointer, list.pointer, timeout.milliseconds), operation)
    try list.checkElements(operation)
    return list.offsets
  }

  /// Commits and waits for the answer; for `at_least_once`. Offsets are of the next records.
  /// - Throws: `_TIMED_OUT` if there is no answer in time; the offsets may be committed or not.
  package func commitSync(_ offsets: [PartitionOffset], timeout: Duration) throws(KafkaError) {
    let operation = "commit offsets"
    let queue = rd_kafka_queue_new(handle.pointer)
    defer { rd_kafka_queue_destroy(queue) }
    let list = PartitionList(offsets)
    try check(rd_kafka_commit_queue(handle.pointer, list.pointer, queue, nil, nil), operation)
    guard let event = rd_kafka_queue_poll(queue, timeout.milliseconds) else {
      throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, operation)
    }
    defer { rd_kafka_event_destroy(event) }
    try check(rd_kafka_event_error(event), operation)
  }

  /// The group membership that a transaction's offsets are checked against; take a fresh one for
  /// every commit, because rebalances change it.
  package func groupMetadata() throws(KafkaError) -> ConsumerGroupMetadata {
    guard let pointer = rd_kafka_consumer_group_metadata(handle.pointer) else {
      throw KafkaError(
        RD_KAFKA_RESP_ERR__UNKNOWN_GROUP, "read the group metadata",
        reason: "the consumer has no group.id", recovery: .exit)
    }
    return ConsumerGroupMetadata(pointer: pointer)
  }

  package func clusterID(timeout: Duration) throws(KafkaError) -> String {
    try handle.clusterID(timeout: timeout)
  }
}

/// A group membership as of one moment.
package struct ConsumerGroupMetadata: ~Copyable {
  let pointer: OpaquePointer

  deinit { rd_kafka_consumer_group_metadata_destroy(pointer) }
}
