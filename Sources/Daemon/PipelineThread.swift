import KafkaClient
import KafkaTransport
import Metrics
import Pipeline
import ServiceManager

/// A thread that runs a worker or the router. It makes the Kafka clients, calls `runOnce` until it
/// is told to stop, handles each `TransportError` by its case, and commits at the end.
struct PipelineThread: Sendable {
  let member: String
  let topics: [String]
  let consumer: KafkaConfiguration
  let producer: KafkaConfiguration
  let outputs: KafkaSink.Topics
  let control: DaemonControl
  let heartbeat: Heartbeat
  let logger: Logger
  let metrics: PipelineMetrics
  let refusals: SampledLog
  private static let backoffMilliseconds = [100, 500, 1_000, 2_000, 5_000, 10_000]
  private static let closeTimeout: Duration = .seconds(3)

  /// Runs until the process stops, or until an error that only a new start can mend.
  func run<Loop: PipelineLoop & ~Copyable>(
    _ makeLoop: (KafkaSource, KafkaSink) -> Loop
  ) {
    var failures = 0
    let refused = RefusedRecords()
    while !control.isStopping {
      do throws(TransportError) {
        try runUntilRebuild(makeLoop, refused, onProgress: { failures = 0 })
      } catch {
        guard case .rebuild = error else {
          control.fail("\(error)")
          break
        }
        let pause = Self.backoffMilliseconds[min(failures, Self.backoffMilliseconds.count - 1)]
        failures += 1
        logger.warning(
          "starting anew with new Kafka clients",
          ["reason": .string("\(error)"), "after_ms": .count(pause)])
        wait(milliseconds: pause)
      }
    }
    heartbeat.retire()
  }

  private func runUntilRebuild<Loop: PipelineLoop & ~Copyable>(
    _ makeLoop: (KafkaSource, KafkaSink) -> Loop, _ refused: RefusedRecords,
    onProgress: () -> Void
  ) throws(TransportError) {
    let source = try KafkaSource(
      consumer, topics: topics, log: kafkaLog, events: { [logger] in report($0, to: logger) })
    control.register(source.waker, member: member)
    defer {
      control.unregister(member: member)
      source.close(timeout: Self.closeTimeout)
    }
    let sink = try KafkaSink(
      producer, topics: outputs, source: source, refusals: refused, log: kafkaLog,
      onSkipped: { [logger, refusals, metrics] topic, reason in
        metrics.refusedRecords[topic.rawValue].add()
        guard let suppressed = refusals.admit("record not sent: \(topic.name)") else { return }
        logger.warning(
          "record not sent",
          [
            "output": .string(topic.name), "reason": .string(reason),
            "more_not_logged": .count(suppressed),
          ])
      })
    defer { sink.close(timeout: Self.closeTimeout) }
    var loop = makeLoop(source, sink)
    var aborts = RepeatedFailures()
    while !control.isStopping {
      heartbeat.beat()
      do throws(TransportError) {
        if try loop.runOnce() == .worked { onProgress() }
      } catch {
        try loop.recover(from: error)
        // A search for refused records needs some attempts, and ends.
        if refused.isActive { continue }
        wait(
          milliseconds: aborts.pauseMilliseconds(
            atNanoseconds: SystemClock().monotonicNanoseconds()))
      }
    }
    heartbeat.beat()
    try shutDown(&loop)
  }

  /// Ends the loop with its last commit. If the commit fails it is not tried again: its records are
  /// made again after the next start.
  private func shutDown<Loop: PipelineLoop & ~Copyable>(
    _ loop: inout Loop
  ) throws(TransportError) {
    do throws(TransportError) {
      try loop.shutDown()
    } catch {
      logger.warning("last commit failed", ["reason": .string("\(error)")])
      if case .abortTransaction = error { try loop.recover(from: error) }
    }
  }

  private func wait(milliseconds: Int) {
    var left = milliseconds
    while left > 0, !control.isStopping {
      heartbeat.beat()
      sleepMilliseconds(min(left, 50))
      left -= 50
    }
  }

  private var kafkaLog: KafkaLogHandler {
    { [logger] level, facility, message in
      let fields: LogFields = ["facility": .string(facility), "client": .string(member)]
      switch level {
      case .emergency, .alert, .critical, .error: logger.error("librdkafka: \(message)", fields)
      case .warning, .notice: logger.warning("librdkafka: \(message)", fields)
      case .info, .debug: logger.debug("librdkafka: \(message)", fields)
      }
    }
  }
}

private func report(_ event: KafkaEvent, to logger: Logger) {
  switch event {
  case .partitionEnd: break
  case .allBrokersDown(let reason):
    logger.warning("no broker can be reached; trying again", ["reason": .string(reason)])
  case .error(let error): logger.warning("Kafka error", ["reason": .string("\(error)")])
  }
}
