import KafkaClient
import Metrics
import Pipeline
import ServiceManager

/// The thread that reads the control topic for all workers of the process: from its beginning to its end
/// before the workers begin, then what comes. It joins no group, so that each process reads everything.
struct ControlReader: Sendable {
  static let member = "control"

  let topic: String
  /// Of a consumer.
  let configuration: KafkaConfiguration
  let log: ControlLog
  let control: DaemonControl
  let logger: Logger
  let metrics: PipelineMetrics
  let refusals: SampledLog
  private static let pauseMilliseconds = 2_000
  private static let requestTimeout: Duration = .seconds(10)

  /// Reads until the process stops. A topic that cannot be read ends nothing: forecasts go on without
  /// what is new in it.
  func run() {
    while !control.isStopping {
      do throws(KafkaError) {
        try read()
      } catch {
        if let suppressed = refusals.admit("control topic") {
          logger.warning(
            "the control topic cannot be read; trying again",
            [
              "topic": .string(topic), "reason": .string("\(error)"),
              "more_not_logged": .count(suppressed),
            ])
        }
        var left = Self.pauseMilliseconds
        while left > 0, !control.isStopping {
          sleepMilliseconds(50)
          left -= 50
        }
      }
    }
  }

  private func read() throws(KafkaError) {
    var configuration = configuration
    configuration.groupInstanceID = nil
    let consumer = try KafkaConsumer(configuration) { [logger] _, facility, message in
      logger.debug("librdkafka: \(message)", ["facility": .string(facility)])
    }
    control.register(consumer.waker, member: Self.member)
    defer { control.unregister(member: Self.member) }
    let partition = TopicPartition(topic, 0)
    let end = try consumer.watermarks(partition, timeout: Self.requestTimeout).high
    let start = log.begin(end: end)
    try consumer.assign([PartitionOffset(partition, start == 0 ? .beginning : .at(start))])
    var batch = MessageBatch(capacity: 256)
    while !control.isStopping {
      batch.removeAll()
      _ = try consumer.pollBatch(
        into: &batch, maxMessages: 256, maxBytes: 4 << 20, deadline: .now + .seconds(1))
      for index in 0..<batch.count { take(batch[index]) }
      for event in consumer.takeEvents() {
        switch event {
        case .partitionEnd(_, let offset): log.reachEnd(at: offset)
        case .allBrokersDown: break  // The workers say so.
        case .error(let error): if error.isDenial { throw error }
        }
      }
    }
    batch.removeAll()
    try consumer.close(timeout: .seconds(1))
  }

  private func take(_ message: KafkaMessage) {
    let (outcome, problem) = log.append(
      ControlSource(
        // Without a time, nothing that it says of itself is too late.
        offset: message.offset, time: message.timestamp?.milliseconds ?? .max,
        key: message.key.map { Array($0) } ?? [], value: message.value.map { Array($0) }))
    metrics.controlRecords[outcome].add()
    guard let problem, let suppressed = refusals.admit("control record") else { return }
    logger.warning(
      "a record of the control topic changes nothing",
      [
        "topic": .string(topic), "offset": .string("\(message.offset)"),
        "reason": .string(problem), "more_not_logged": .count(suppressed),
      ])
  }
}

extension CounterFamily {
  fileprivate subscript(outcome: ControlLog.Outcome) -> Counter {
    self[ControlLog.Outcome.allCases.firstIndex(of: outcome) ?? 0]
  }
}
