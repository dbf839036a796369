import CLibrdkafka

/// Asks about and changes topics; every call waits for its answer.
package final class KafkaAdmin {
  private let handle: ClientHandle
  private let timeout: Duration

  package init(
    _ configuration: KafkaConfiguration, timeout: Duration = .seconds(30),
    log: @escaping KafkaLogHandler
  ) throws(KafkaError) {
    handle = try ClientHandle(RD_KAFKA_PRODUCER, configuration, log: log)
    self.timeout = timeout
  }

  package func describeCluster() throws(KafkaError) -> ClusterDescription {
    // First, since its errors say why no broker answers.
    let brokerCount = try metadata(of: nil).brokerCount
    return ClusterDescription(
      id: try handle.clusterID(timeout: timeout), brokerCount: brokerCount)
  }

  /// - Returns: `nil` if there is no such topic.
  /// - Throws: also if the user may not describe it.
  package func describe(topic name: String) throws(KafkaError) -> TopicDescription? {
    let topic = try handle.topicHandle(name)
    defer { rd_kafka_topic_destroy(topic) }
    let metadata = try metadata(of: topic)
    guard let found = metadata.topics.first(where: { String(cString: $0.topic) == name }) else {
      return nil
    }
    if found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART { return nil }
    try check(found.err, "describe the topic \"\(name)\"")
    let partitions = UnsafeBufferPointer(start: found.partitions, count: Int(found.partition_cnt))
    return TopicDescription(
      name: name, partitionCount: partitions.count,
      replicationFactor: Int(partitions.map(\.replica_cnt).min() ?? 0),
      leaderlessPartitionCount: partitions.count { $0.leader < 0 })
  }

  /// - Throws: also if the topic does not exist or the user may not see its configuration.
  package func configuration(ofTopic name: String) throws(KafkaError) -> TopicConfiguration {
    let operation = "read the configuration of the topic \"\(name)\""
    var resource: OpaquePointer? = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name)
    defer { rd_kafka_ConfigResource_destroy(resource) }
    let event = try request(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, operation) { options, queue in
      rd_kafka_DescribeConfigs(handle.pointer, &resource, 1, options, queue)
    }
    var count = 0
    let resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.pointer), &count)
    guard count == 1, let result = resources?[0] else {
      throw KafkaError(RD_KAFKA_RESP_ERR__BAD_MSG, operation)
    }
    let code = rd_kafka_ConfigResource_error(result)
    if code != RD_KAFKA_RESP_ERR_NO_ERROR {
      let reason = rd_kafka_ConfigResource_error_string(result).map { String(cString: $0) }
      throw KafkaError(code, operation, reason: reason)
    }
    let entries = rd_kafka_ConfigResource_configs(result, &count)
    var values: [String: String] = [:]
    for index in 0..<count {
      guard let entry = entries?[index], let name = rd_kafka_ConfigEntry_name(entry),
        let value = rd_kafka_ConfigEntry_value(entry)
      else { continue }
      values[String(cString: name)] = String(cString: value)
    }
    return TopicConfiguration(values: values)
  }

  /// - Returns: `false` if the topic exists already; its partitions and settings are then left as
  ///   they are.
  @discardableResult
  package func create(_ topic: NewTopic) throws(KafkaError) -> Bool {
    let operation = "create the topic \"\(topic.name)\""
    var reason = ErrorText()
    var object = reason.withBuffer { buffer, size in
      rd_kafka_NewTopic_new(
        topic.name, Int32(topic.partitionCount), Int32(topic.replicationFactor ?? -1), buffer, size)
    }
    guard object != nil else {
      throw KafkaError(
        RD_KAFKA_RESP_ERR__INVALID_ARG, operation, reason: reason.text, recovery: .exit)
    }
    defer { rd_kafka_NewTopic_destroy(object) }
    for (name, value) in topic.configuration.sorted(by: { $0.key < $1.key }) {
      try check(rd_kafka_NewTopic_set_config(object, name, value), operation)
    }
    let event = try request(RD_KAFKA_ADMIN_OP_CREATETOPICS, operation) { options, queue in
      rd_kafka_CreateTopics(handle.pointer, &object, 1, options, queue)
    }
    var count = 0
    let results = rd_kafka_CreateTopics_result_topics(
      rd_kafka_event_CreateTopics_result(event.pointer), &count)
    guard count == 1, let result = results?[0] else {
      throw KafkaError(RD_KAFKA_RESP_ERR__BAD_MSG, operation)
    }
    let code = rd_kafka_topic_result_error(result)
    if code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { return false }
    if code != RD_KAFKA_RESP_ERR_NO_ERROR {
      let reason = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
      throw KafkaError(code, operation, reason: reason)
    }
    return true
  }

  private func metadata(of topic: OpaquePointer?) throws(KafkaError) -> ClusterMetadata {
    try ClusterMetadata(
      client: handle.pointer, topic: topic, timeout: timeout, explain: { explained($0) })
  }

  private func request(
    _ kind: rd_kafka_admin_op_t, _ operation: String,
    _ send: (_ options: OpaquePointer?, _ queue: OpaquePointer?) -> Void
  ) throws(KafkaError) -> AdminEvent {
    let queue = rd_kafka_queue_new(handle.pointer)
    defer { rd_kafka_queue_destroy(queue) }
    let options = rd_kafka_AdminOptions_new(handle.pointer, kind)
    defer { rd_kafka_AdminOptions_destroy(options) }
    var reason = ErrorText()
    let code = reason.withBuffer {
      rd_kafka_AdminOptions_set_request_timeout(options, timeout.milliseconds, $0, $1)
    }
    if code != RD_KAFKA_RESP_ERR_NO_ERROR {
      throw KafkaError(code, operation, reason: reason.text)
    }
    send(options, queue)
    // A little longer than the request itself may take, so that its own error is heard.
    guard let pointer = rd_kafka_queue_poll(queue, (timeout + .seconds(2)).milliseconds) else {
      throw KafkaError(
        RD_KAFKA_RESP_ERR__TIMED_OUT, operation, reason: explained(RD_KAFKA_RESP_ERR__TIMED_OUT))
    }
    let event = AdminEvent(pointer: pointer)
    let failure = rd_kafka_event_error(pointer)
    if failure != RD_KAFKA_RESP_ERR_NO_ERROR {
      let reason = rd_kafka_event_error_string(pointer).map { String(cString: $0) } ?? ""
      throw KafkaError(failure, operation, reason: reason + lastErrorText())
    }
    return event
  }

  private func explained(_ code: rd_kafka_resp_err_t) -> String {
    String(cString: rd_kafka_err2str(code)) + lastErrorText()
  }

  /// Why the brokers can't be reached, which a plain timeout does not say.
  private func lastErrorText() -> String {
    rd_kafka_poll(handle.pointer, 0)
    return handle.state.lastErrorText
  }
}

private struct AdminEvent: ~Copyable {
  let pointer: OpaquePointer
  deinit { rd_kafka_event_destroy(pointer) }
}

/// What the cluster says of one topic, or of all.
struct ClusterMetadata: ~Copyable {
  private let pointer: UnsafePointer<rd_kafka_metadata>

  init(
    client: OpaquePointer, topic: OpaquePointer?, timeout: Duration,
    explain: (rd_kafka_resp_err_t) -> String = { String(cString: rd_kafka_err2str($0)) }
  ) throws(KafkaError) {
    var pointer: UnsafePointer<rd_kafka_metadata>?
    let all: Int32 = topic == nil ? 1 : 0
    let code = rd_kafka_metadata(client, all, topic, &pointer, timeout.milliseconds)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let pointer else {
      throw KafkaError(code, "ask the cluster for its topics", reason: explain(code))
    }
    self.pointer = pointer
  }

  deinit { rd_kafka_metadata_destroy(pointer) }

  /// The number of partitions of the only topic.
  var partitionCount: Int { topics.first.map { Int($0.partition_cnt) } ?? 0 }

  var brokerCount: Int { Int(pointer.pointee.broker_cnt) }

  var topics: UnsafeBufferPointer<rd_kafka_metadata_topic> {
    UnsafeBufferPointer(start: pointer.pointee.topics, count: Int(pointer.pointee.topic_cnt))
  }
}
