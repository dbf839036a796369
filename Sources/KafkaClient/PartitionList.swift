import CLibrdkafka
import Glibc

/// Owner of an `rd_kafka_topic_partition_list_t`.
struct PartitionList: ~Copyable {
  let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

  init(topics: [String]) {
    pointer = rd_kafka_topic_partition_list_new(Int32(topics.count))
    for topic in topics { rd_kafka_topic_partition_list_add(pointer, topic, -1) }
  }

  init(_ partitions: [TopicPartition], offset: Int64 = Int64(RD_KAFKA_OFFSET_INVALID)) {
    pointer = rd_kafka_topic_partition_list_new(Int32(partitions.count))
    for partition in partitions {
      let element = rd_kafka_topic_partition_list_add(
        pointer, partition.topic, partition.partition)
      element?.pointee.offset = offset
    }
  }

  init(_ offsets: [PartitionOffset]) {
    pointer = rd_kafka_topic_partition_list_new(Int32(offsets.count))
    for offset in offsets {
      // Never nil: the list allocates with an abort on exhaustion.
      guard
        let element = rd_kafka_topic_partition_list_add(
          pointer, offset.partition.topic, offset.partition.partition)
      else { continue }
      element.pointee.offset = offset.offset.raw
      if !offset.metadata.isEmpty {
        element.pointee.metadata = UnsafeMutableRawPointer(strdup(offset.metadata))
        element.pointee.metadata_size = offset.metadata.utf8.count
      }
    }
  }

  deinit { rd_kafka_topic_partition_list_destroy(pointer) }

  var elements: UnsafeBufferPointer<rd_kafka_topic_partition_t> {
    UnsafeBufferPointer(start: pointer.pointee.elems, count: Int(pointer.pointee.cnt))
  }

  /// Throws the first error that librdkafka stored with a partition.
  func checkElements(_ operation: String) throws(KafkaError) {
    for element in elements where element.err != RD_KAFKA_RESP_ERR_NO_ERROR {
      throw KafkaError(element.err, "\(operation) of \(element.topicPartition)")
    }
  }

  var offsets: [PartitionOffset] {
    elements.map { element in
      var metadata = ""
      if let bytes = element.metadata, element.metadata_size > 0 {
        metadata = String(
          decoding: UnsafeRawBufferPointer(start: bytes, count: element.metadata_size),
          as: UTF8.self)
      }
      return PartitionOffset(
        element.topicPartition, KafkaOffset(raw: element.offset), metadata: metadata)
    }
  }
}

extension rd_kafka_topic_partition_t {
  var topicPartition: TopicPartition { TopicPartition(String(cString: topic), partition) }
}
