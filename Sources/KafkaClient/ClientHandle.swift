import CLibrdkafka
import Glibc

/// What librdkafka's callbacks write to.
///
/// A class, because librdkafka keeps its address. Everything but `log` belongs to the thread that
/// owns the client: librdkafka runs the callbacks within that thread's calls. Only the log callback
/// comes from other threads.
final class CallbackState {
  let log: KafkaLogHandler
  var events = EventList()
  var deliveries = DeliveryFailures()
  /// A rebalance that the owner has not answered yet.
  var pendingRebalance: KafkaRebalance?
  /// The library's last error, to explain timeouts with.
  var lastErrorText = ""

  init(log: @escaping KafkaLogHandler) { self.log = log }
}

/// Owner of one `rd_kafka_t`; shared, because batches of messages keep their client alive.
final class ClientHandle {
  let pointer: OpaquePointer
  let state: CallbackState

  init(
    _ type: rd_kafka_type_t, _ configuration: KafkaConfiguration, log: @escaping KafkaLogHandler
  ) throws(KafkaError) {
    let files = SSLFiles(configuration)
    try files.check()
    let object = try configuration.makeObject()
    let state = CallbackState(log: log)
    rd_kafka_conf_set_opaque(object, Unmanaged.passUnretained(state).toOpaque())
    rd_kafka_conf_set_log_cb(object, logCallback)
    rd_kafka_conf_set_error_cb(object, errorCallback)
    if type == RD_KAFKA_CONSUMER {
      rd_kafka_conf_set_rebalance_cb(object, rebalanceCallback)
    } else {
      rd_kafka_conf_set_dr_msg_cb(object, deliveryCallback)
    }
    var reason = ErrorText()
    guard let client = reason.withBuffer({ rd_kafka_new(type, object, $0, $1) }) else {
      rd_kafka_conf_destroy(object)
      throw files.error(for: reason.text)
        ?? KafkaError(
          RD_KAFKA_RESP_ERR__INVALID_ARG, "make a Kafka client", reason: reason.text,
          recovery: .exit)
    }
    pointer = client
    self.state = state
  }

  /// Does not leave the group or wait for deliveries: ``KafkaConsumer/close(timeout:)`` and
  /// ``KafkaProducer/close(timeout:)`` do that, bounded in time.
  deinit { rd_kafka_destroy_flags(pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE) }

  /// The fatal error of the client, after which a new one must be made; `nil` while it lives.
  func deathReason(_ operation: String) -> KafkaError? {
    var text = ErrorText()
    let code = text.withBuffer { rd_kafka_fatal_error(pointer, $0, $1) }
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
    let recovery = KafkaError.recovery(for: code) == .exit ? KafkaRecovery.exit : .recreateClient
    return KafkaError(code, operation, reason: text.text, recovery: recovery)
  }

  func integerProperty(_ name: String) -> Int? {
    var size = 0
    guard rd_kafka_conf_get(rd_kafka_conf(pointer), name, nil, &size) == RD_KAFKA_CONF_OK else {
      return nil
    }
    var text = [CChar](repeating: 0, count: size)
    guard rd_kafka_conf_get(rd_kafka_conf(pointer), name, &text, &size) == RD_KAFKA_CONF_OK else {
      return nil
    }
    return Int(
      String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  func clusterID(timeout: Duration) throws(KafkaError) -> String {
    guard let text = rd_kafka_clusterid(pointer, timeout.milliseconds) else {
      throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "ask for the cluster's id")
    }
    defer { rd_kafka_mem_free(pointer, text) }
    return String(cString: text)
  }

  /// A topic handle; librdkafka counts references, so the same name gives the same address.
  func topicHandle(_ name: String) throws(KafkaError) -> OpaquePointer {
    guard let topic = rd_kafka_topic_new(pointer, name, nil) else {
      throw KafkaError(rd_kafka_last_error(), "use the topic \"\(name)\"")
    }
    return topic
  }
}

extension Duration {
  /// Rounded up, within what librdkafka's `int` timeouts hold.
  var milliseconds: Int32 {
    let (seconds, attoseconds) = components
    if seconds >= 2_000_000 { return 2_000_000_000 }
    let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return Int32(max(0, seconds * 1000 + fraction))
  }
}

private func state(_ opaque: UnsafeMutableRawPointer?) -> CallbackState? {
  opaque.map { Unmanaged<CallbackState>.fromOpaque($0).takeUnretainedValue() }
}

private let logCallback:
  @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Void = {
    client, level, facility, message in
    // Without a client there is nobody to tell; librdkafka does that only for debugging of itself.
    guard let client, let facility, let message, let state = state(rd_kafka_opaque(client))
    else { return }
    state.log(
      KafkaLogLevel(rawValue: level) ?? .debug, String(cString: facility),
      String(cString: message))
  }

private let errorCallback:
  @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> Void =
    { _, code, reason, opaque in
      guard let state = state(opaque) else { return }
      let reason = reason.map { String(cString: $0) } ?? ""
      state.lastErrorText = "; last error: \(reason)"
      switch rd_kafka_resp_err_t(code) {
      case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: state.events.append(.allBrokersDown(reason: reason))
      // A fatal error is asked for, with its real code, by the call that is under way.
      case RD_KAFKA_RESP_ERR__FATAL: break
      case let code:
        state.events.append(.error(KafkaError(code, "reach the cluster", reason: reason)))
      }
    }

private let rebalanceCallback:
  @convention(c) (
    OpaquePointer?, rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?,
    UnsafeMutableRawPointer?
  ) -> Void = { client, code, list, opaque in
    guard let client, let state = state(opaque) else { return }
    let partitions = (0..<Int(list?.pointee.cnt ?? 0)).compactMap { index in
      list?.pointee.elems[index].topicPartition
    }
    if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
      state.pendingRebalance = .assigned(partitions)
    } else if rd_kafka_assignment_lost(client) != 0 {
      state.pendingRebalance = .lost(partitions)
    } else {
      state.pendingRebalance = .revoked(partitions)
    }
    // Ends the poll at once, so that the owner answers before any further record.
    rd_kafka_yield(client)
  }

private let deliveryCallback:
  @convention(c) (
    OpaquePointer?, UnsafePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?
  ) -> Void = { _, message, opaque in
    guard let message, let state = state(opaque) else { return }
    state.deliveries.record(message)
  }
