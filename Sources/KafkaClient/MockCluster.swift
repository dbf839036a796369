import CLibrdkafka

/// librdkafka's built-in broker on a random port of 127.0.0.1: real clients of any language can
/// talk to it, nothing needs to be installed, and everything is gone with it.
///
/// It keeps about 5 MiB a partition and drops the oldest beyond, makes unknown topics with 4
/// partitions when they are asked for, ignores topic settings and admin requests, and shows what
/// transactions aborted to everyone; so it serves `at_least_once`. Committed offsets keep their
/// metadata. A group's first join takes 3 s, which only librdkafka from 2.6 lets us shorten;
/// consumers that `assign` without subscribing start at once.
package final class MockCluster {
  private let handle: ClientHandle
  private let cluster: OpaquePointer

  package init(log: @escaping KafkaLogHandler) throws(KafkaError) {
    let configuration = KafkaConfiguration(bootstrapServers: "")
    handle = try ClientHandle(RD_KAFKA_PRODUCER, configuration, log: log)
    guard let cluster = rd_kafka_mock_cluster_new(handle.pointer, 1) else {
      throw KafkaError(
        RD_KAFKA_RESP_ERR__FAIL, "start the built-in broker",
        reason: "no port on 127.0.0.1 could be opened")
    }
    self.cluster = cluster
    forecastd_kafka_mock_group_delay(cluster, 0)
  }

  deinit { rd_kafka_mock_cluster_destroy(cluster) }

  package var bootstrapServers: String {
    String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
  }

  /// - Throws: if the topic exists.
  package func createTopic(_ name: String, partitionCount: Int) throws(KafkaError) {
    try check(
      rd_kafka_mock_topic_create(cluster, name, Int32(partitionCount), 1),
      "create the topic \"\(name)\"")
  }
}
