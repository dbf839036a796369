package import KafkaClient
package import MetricFormats

/// The control topic as an operator reads and writes it.
package struct ControlTopic {
  package let name: String
  private let configuration: KafkaConfiguration
  private let log: KafkaLogHandler
  private static let timeout: Duration = .seconds(15)

  /// - Parameter configuration: brokers and security.
  package init(
    _ name: String, _ configuration: KafkaConfiguration, log: @escaping KafkaLogHandler
  ) {
    self.name = name
    self.configuration = configuration
    self.log = log
  }

  /// The records that hold: of each key the newest, in the order in which they were written.
  ///
  /// - Returns: also the number of records that the daemon does not read.
  package func records() throws(ControlTopicError) -> (
    records: [ControlRecord], unreadableCount: Int
  ) {
    var newest: [[UInt8]: (number: Int, record: ControlRecord)] = [:]
    var number = 0
    var unreadableCount = 0
    try TopicScan(configuration, log: log).read(name) { message in
      number += 1
      let key = message.key.map { Array($0) } ?? []
      do throws(ControlRecordError) {
        let record = try ControlRecord.decode(key: key, value: message.value.map { Array($0) })
        newest[key] = record.map { (number, $0) }
      } catch {
        unreadableCount += 1
      }
    }
    return (newest.values.sorted { $0.number < $1.number }.map(\.record), unreadableCount)
  }

  /// Writes a record, and waits until all replicas have it.
  package func write(_ record: ControlRecord) throws(ControlTopicError) {
    let (key, value) = (Array(record.key.utf8), record.json)
    do throws(ControlRecordError) {
      guard try ControlRecord.decode(key: key, value: value) == record else {
        throw ControlRecordError.key
      }
    } catch {
      throw .refused("\(error)")
    }
    try send(key: key, value: value)
  }

  /// Takes back what was written under a key.
  ///
  /// - Throws: `nothingToTakeBack` if nothing holds under it.
  package func takeBack(key: String) throws(ControlTopicError) {
    guard try records().records.contains(where: { $0.key == key }) else {
      throw .nothingToTakeBack(key: key, topic: name)
    }
    try send(key: Array(key.utf8), value: nil)
  }

  private func send(key: [UInt8], value: [UInt8]?) throws(ControlTopicError) {
    let isThere: Bool
    do throws(KafkaError) {
      let admin = try KafkaAdmin(configuration, timeout: Self.timeout, log: log)
      isThere = try admin.describe(topic: name) != nil
      if isThere { try produce(key: key, value: value) }
    } catch {
      throw .kafka(error)
    }
    guard isThere else { throw .missing(name) }
  }

  private func produce(key: [UInt8], value: [UInt8]?) throws(KafkaError) {
    var configuration = configuration
    configuration["acks"] = "all"
    // A record that is sent twice says the same twice, and without it a missing permission is that of the
    // topic.
    configuration["enable.idempotence"] = "false"
    configuration["message.timeout.ms"] = "15000"
    let producer = try KafkaProducer(configuration, log: log)
    defer { producer.close(timeout: .seconds(1)) }
    let topic = try producer.topic(name)
    let result = key.withUnsafeBytes { key in
      (value ?? []).withUnsafeBytes { bytes -> Result<Void, KafkaError> in
        do throws(KafkaError) {
          return .success(
            try producer.produce(
              to: topic, partition: .explicit(0), key: key, value: value == nil ? nil : bytes))
        } catch {
          return .failure(error)
        }
      }
    }
    try result.get()
    try producer.flush(timeout: Self.timeout + .seconds(1))
  }
}
