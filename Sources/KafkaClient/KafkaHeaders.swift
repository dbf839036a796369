import CLibrdkafka

/// Headers of records to be produced; one object may serve any number of records.
package final class KafkaHeaders {
  let pointer: OpaquePointer

  package init() {
    // Never nil: librdkafka aborts when memory is exhausted.
    pointer = rd_kafka_headers_new(4)
  }

  package convenience init(_ headers: KeyValuePairs<String, String>) {
    self.init()
    for (name, value) in headers { add(name, value) }
  }

  deinit { rd_kafka_headers_destroy(pointer) }

  package func add(_ name: String, _ value: String) {
    var value = value
    value.withUTF8 { add(name, UnsafeRawBufferPointer($0)) }
  }

  package func add(_ name: String, _ value: UnsafeRawBufferPointer) {
    // Fails only for headers that belong to a consumed message, which these never do.
    rd_kafka_header_add(pointer, name, -1, value.baseAddress, value.count)
  }
}
