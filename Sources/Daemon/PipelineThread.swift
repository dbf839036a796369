import KafkaClient
import KafkaTransport
import Metrics
import Pipeline
import ServiceManager
import Synchronization

/// A thread that runs a worker or the router. It makes the Kafka clients, calls `runOnce` until it
/// is told to stop, handles each `TransportError` by its case, and commits at the end.
struct PipelineThread: Sendable {
  let member: String
  let topics: [String]
  let consumer: KafkaConfiguration
  let producer: KafkaConfiguration
  let outputs: KafkaSink.Topics
  /// `max.message.bytes` of the outputs for which it is known.
  let bytesMaximum: [OutputTopic: Int]
  let control: DaemonControl
  let health: ThreadHealth
  let logger: Logger
  let metrics: PipelineMetrics
  let refusals: SampledLog
  /// The file that says at which records the thread has failed.
  let attemptsPath: String
  /// Processing that takes longer than this may time a transaction out.
  let slowMilliseconds: Int64
  private static let backoffMilliseconds = [100, 500, 1_000, 2_000, 5_000, 10_000]
  private static let closeTimeout: Duration = .seconds(3)

  /// Runs until the process stops, or until an error that only a new start can mend.
  func run<Loop: PipelineLoop & ~Copyable>(
    _ makeLoop: (any ChannelSource, KafkaSink) -> Loop
  ) {
    let refused = RefusedRecords()
    let attempts = AttemptLog(
      path: attemptsPath, slowMilliseconds: slowMilliseconds, clock: SystemClock(),
      log: .to(logger, refusals: refusals))
    while !control.isStopping {
      do throws(TransportError) {
        try runUntilRebuild(makeLoop, refused, attempts)
      } catch {
        guard case .rebuild = error else {
          control.fail("\(error)")
          break
        }
        // Turns that go round are no progress: only a commit makes the pauses short again.
        let failures = health.noteFailure("\(error)", at: now)
        let pause = Self.backoffMilliseconds[min(failures, Self.backoffMilliseconds.count) - 1]
        logger.warning(
          "starting anew with new Kafka clients",
          ["reason": .string("\(error)"), "after_ms": .count(pause)])
        wait(milliseconds: pause)
      }
    }
    attempts.end()
    health.heartbeat.retire()
  }

  private func runUntilRebuild<Loop: PipelineLoop & ~Copyable>(
    _ makeLoop: (any ChannelSource, KafkaSink) -> Loop, _ refused: RefusedRecords,
    _ attempts: AttemptLog
  ) throws(TransportError) {
    var hooks = TransportHooks()
    hooks.onProgress = { [heartbeat = health.heartbeat] in heartbeat.beat() }
    hooks.onCommit = { attempts.noteComputed() }
    let source = try KafkaSource(
      consumer, topics: topics, hooks: hooks, log: kafkaLog,
      events: { [logger] in report($0, to: logger) })
    control.register(source.waker, member: member)
    defer {
      control.unregister(member: member)
      source.close(timeout: Self.closeTimeout)
    }
    let sink = try KafkaSink(
      producer, topics: outputs, source: source, bytesMaximum: bytesMaximum, refusals: refused,
      hooks: hooks, log: kafkaLog,
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
    var loop = makeLoop(CarefulSource(source, attempts: attempts), sink)
    health.noteStart()
    var aborts = RepeatedFailures()
    while !control.isStopping {
      health.heartbeat.beat()
      health.beginTurn(at: now)
      do throws(TransportError) {
        let commitCount = loop.standing.commitCount
        _ = try loop.runOnce()
        if loop.standing.commitCount != commitCount { attempts.noteCommit() }
        health.endTurn(
          loop.standing, isAssigned: source.isAssigned, isReachable: source.isReachable, at: now)
      } catch {
        attempts.noteFailedTurn()
        try loop.recover(from: error)
        _ = health.noteFailure("\(error)", at: now)
        // A search for refused records needs some attempts, and ends.
        if refused.isActive { continue }
        wait(milliseconds: aborts.pauseMilliseconds(atNanoseconds: now))
      }
    }
    health.heartbeat.beat()
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

  private var now: Int64 { SystemClock().monotonicNanoseconds() }

  private func wait(milliseconds: Int) {
    var left = milliseconds
    while left > 0, !control.isStopping {
      health.heartbeat.beat()
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
