import CLibrdkafka
import Synchronization

/// Ends a consumer's blocked poll from any thread; it outlives the consumer harmlessly.
package final class KafkaWaker: Sendable {
  private let flag = Atomic<Bool>(false)
  private let queue: Mutex<Queue>

  init(_ client: OpaquePointer) {
    queue = Mutex(Queue(pointer: rd_kafka_queue_get_consumer(client)))
  }

  /// The poll that is under way, or else the next one, returns ``PollOutcome/woken``.
  package func wake() {
    flag.store(true, ordering: .releasing)
    queue.withLock { queue in
      if let pointer = queue.pointer { rd_kafka_queue_yield(pointer) }
    }
  }

  func takeWake() -> Bool {
    // The plain load keeps the common case free of a locked instruction.
    flag.load(ordering: .relaxed) && flag.exchange(false, ordering: .acquiring)
  }

  /// Gives the queue back; it must happen before the client is destroyed.
  func close() {
    queue.withLock { queue in
      if let pointer = queue.pointer { rd_kafka_queue_destroy(pointer) }
      queue.pointer = nil
    }
  }

  // Safety: librdkafka's queue functions may be called from any thread; destruction is under the
  // mutex that guards this field.
  private struct Queue: @unchecked Sendable {
    var pointer: OpaquePointer?
  }
}
