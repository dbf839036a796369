package import Configuration
import Forecasting
import KafkaClient
import KafkaTransport
import MetricFormats
import Metrics
import Pipeline
package import ServiceManager
package import StatusServer
import Synchronization
import Threads
import TimeSeries

#if canImport(Glibc)
  import Glibc
#endif

/// The daemon: starts the threads that do the work, and watches them from the main thread.
package final class Daemon {
  private let configuration: DaemonConfiguration
  private let logger: Logger
  private let control: DaemonControl
  private let provisionsTopics: Bool
  private let properties: KafkaProperties
  private let registry = MetricsRegistry()
  private let metrics: PipelineMetrics
  private let models: ModelRegistry
  /// What operators say; `nil` where the control topic is disabled.
  private let controlLog: ControlLog?
  private let attempts: StateDirectory
  private let snapshots: SnapshotStore
  private let trainer: TrainerThread
  private let pipelineLog: PipelineLog
  private let refusals: SampledLog
  private let clock = SystemClock()
  private let notifier = ServiceNotifier()
  private let running = RunningThreads()
  private let health: DaemonHealth
  /// `max.message.bytes` of the daemon's topics by name, as far as it may be read.
  private var bytesMaximum: [String: Int] = [:]
  /// The address of the status server, known once `run` has started it.
  package private(set) var statusAddress: ListenAddress?
  /// The longest wait for the threads at a stop. After it the process ends without them.
  private static let stopMilliseconds = 9_000
  /// The longest wait for the threads' clients before the daemon says that it is ready. Brokers that do
  /// not answer in this time are waited for by the threads.
  private static let startMilliseconds = 15_000
  private static let routerMember = "router"

  /// - Parameter provisionsTopics: whether `run` creates missing topics and checks the settings of
  ///   the others. The built-in broker has its topics already, and does not answer such requests.
  /// - Throws: if the state directory or a secret cannot be used.
  package init(
    _ configuration: DaemonConfiguration, logger: Logger, control: DaemonControl,
    provisionsTopics: Bool = true
  ) throws {
    self.configuration = configuration
    self.logger = logger
    self.control = control
    var members = (0..<configuration.workers).map { "worker-\($0)" }
    if configuration.needsRouter { members.append(Self.routerMember) }
    let now = clock.monotonicNanoseconds()
    health = DaemonHealth(
      control: control,
      threads: members.map { member in
        ThreadHealth(
          ThreadProgress(
            name: member,
            commitIntervalMilliseconds: configuration.pipeline.commitIntervalMilliseconds, at: now))
      })
    self.provisionsTopics = provisionsTopics
    properties = try KafkaProperties(configuration)
    metrics = PipelineMetrics(
      registry: registry,
      inputs: configuration.inputs.map(\.topic)
        + (configuration.needsRouter ? [configuration.points.topic] : []),
      streams: configuration.pipeline.streams.map(\.name))
    refusals = SampledLog(linesPerPeriod: 5, period: .seconds(10))
    pipelineLog = .to(logger, refusals: refusals)
    let store = try ModelStore(directory: configuration.stateDirectory + "/models")
    snapshots = try SnapshotStore(directory: configuration.stateDirectory + "/partitions")
    models = ModelRegistry(store: store)
    controlLog =
      configuration.control.isEnabled
      ? ControlLog { (name) throws(TimeSeriesError) in try TimeZoneFile.rules(of: name) } : nil
    attempts = try StateDirectory(path: configuration.stateDirectory + "/attempts")
    for stream in configuration.pipeline.streams {
      models.installNewest(of: stream, from: store, log: pipelineLog)
      models.takeUpReports(of: stream.name, from: store, log: pipelineLog)
    }
    trainer = TrainerThread(
      settings: configuration.pipeline, models: models, clock: clock, log: pipelineLog)
  }

  /// The counts of the daemon so far. Other threads may read them while it runs.
  package var activity: DaemonActivity {
    DaemonActivity(metrics: metrics, models: models, trainer: trainer)
  }

  /// Runs until `control` is told to stop.
  ///
  /// - Throws: if the daemon cannot start, if a thread met an error that a retry cannot mend, or if
  ///   a thread did not end in time.
  package func run(onReady: (Daemon) -> Void = { _ in }) throws {
    if provisionsTopics { try provisionTopics() }
    if let failure = control.failure { throw DaemonError.failed(failure) }
    let status = try startStatusServer()
    defer { status?.stop() }
    try trainer.start()
    try startControlReader()
    try startPipeline()
    waitForStart()
    if control.failure == nil {
      let address = statusAddress.map { "\($0)" } ?? "off"
      logger.info("ready", ["status_address": .string(address)])
      notifier.ready(status: "consuming")
      onReady(self)
      watch()
    }
    notifier.stopping(status: "draining and committing")
    let isClean = join()
    trainer.stop(timeoutMilliseconds: 500)
    logger.warning(refusals.takeAll())
    if let failure = control.failure { throw DaemonError.failed(failure) }
    if !isClean {
      throw DaemonError.failed(
        "a thread did not end in time and was left behind: what it had not committed is done again "
          + "after the next start")
    }
    logger.info("stopped", ["points": .count(metrics.points.inTime)])
  }

  // MARK: - Start

  /// Creates the daemon's own topics if they are missing. It waits for the brokers as long as it
  /// takes.
  private func provisionTopics() throws {
    while !control.isStopping {
      do throws(KafkaError) {
        let admin = try KafkaAdmin(properties.admin(), timeout: .seconds(10)) { _, _, _ in }
        let review = try TopicPlan(configuration).review(admin, creating: true)
        judge(review.findings)
        guard !review.hasProblem else { return }
        judge(try AccessReview(configuration, properties).review(review))
        bytesMaximum = review.settings.compactMapValues(\.messageBytesMaximum)
        return
      } catch {
        if error.recovery == .exit { throw DaemonError.failed("\(error)") }
        logger.warning("waiting for the brokers", ["reason": .string("\(error)")])
        notifier.status("waiting for the brokers")
        notifier.extendTimeout(by: .seconds(30))
        control.waitForChange(milliseconds: 2_000)
      }
    }
  }

  private func judge(_ findings: [(topic: TopicPlan.Topic, finding: TopicPlan.Finding)]) {
    for (topic, finding) in findings {
      switch finding {
      case .fine(let text):
        logger.debug("topic checked", ["topic": .string(topic.name), "found": .string(text)])
      case .missing: break
      case .created(let text):
        logger.info("topic made", ["topic": .string(topic.name), "with": .string(text)])
      case .warning(let text):
        logger.warning(
          "topic may not work as expected",
          ["topic": .string(topic.name), "problem": .string(text)])
      case .problem(let text):
        logger.error(
          "topic cannot be used", ["topic": .string(topic.name), "problem": .string(text)])
        control.fail("topic '\(topic.name)' \(text)")
      }
    }
  }

  private func startStatusServer() throws -> StatusServer? {
    guard !configuration.statusAddress.isEmpty else { return nil }
    let status = DaemonStatus(
      configuration: configuration, models: models, metrics: metrics, health: health)
    let server = try StatusServer(
      listen: try ListenAddress(configuration.statusAddress),
      metrics: { [registry] in registry.snapshot() }, snapshot: { status.snapshot() })
    statusAddress = server.address
    if !server.address.isLoopback { warnOfOpenStatus(server.address) }
    return server
  }

  private func warnOfOpenStatus(_ address: ListenAddress) {
    logger.warning(
      "other machines can reach the status server, which needs no password and encrypts nothing: "
        + "they can read metrics and the names of topics and streams; to prevent it, set "
        + "status.listen to 127.0.0.1:\(address.port) or close the port in the firewall",
      ["address": .string("\(address)")])
  }

  /// Starts one thread for each worker, and one for the router if an input needs it.
  private func startPipeline() throws {
    let inputs = configuration.workerInputs
    for number in 0..<configuration.workers {
      let thread = thread(
        health.threads[number], group: "", topics: inputs.map(\.topic),
        outputs: configuration.workerOutputs)
      try start(thread) {
        [
          settings = configuration.pipeline, clock, models, metrics, snapshots, pipelineLog,
          trainer, controlLog
        ] source, sink in
        Worker(
          settings: settings, inputs: InputDecoders(inputs), source: source, sink: sink,
          clock: clock, models: models, metrics: metrics, snapshots: snapshots, log: pipelineLog,
          trainer: trainer, control: controlLog, number: number)
      }
    }
    guard configuration.needsRouter else { return }
    let routed = configuration.routerInputs
    let thread = thread(
      health.threads[configuration.workers], group: "-router", topics: routed.map(\.topic),
      outputs: configuration.routerOutputs)
    try start(thread) {
      [settings = configuration.pipeline, clock, metrics, pipelineLog] source, sink in
      Router(
        settings: settings, inputs: InputDecoders(routed), source: source, sink: sink,
        clock: clock, metrics: metrics, log: pipelineLog)
    }
  }

  /// Starts to read the control topic, and waits until it has been read once: what it says holds from the
  /// first record on.
  private func startControlReader() throws(ThreadStartError) {
    guard let controlLog else { return }
    let reader = ControlReader(
      topic: configuration.control.topic,
      configuration: properties.consumer(member: ControlReader.member), log: controlLog,
      control: control, logger: logger.with(["thread": .string(ControlReader.member)]),
      metrics: metrics, refusals: refusals)
    try start(ControlReader.member) { reader.run() }
    let deadline = clock.monotonicNanoseconds() + Int64(Self.startMilliseconds) * 1_000_000
    while !control.isStopping, !controlLog.isLoaded {
      guard clock.monotonicNanoseconds() < deadline else {
        logger.warning(
          "the control topic could not be read in time: what it says holds as soon as it is read",
          ["topic": .string(configuration.control.topic)])
        return
      }
      control.waitForChange(milliseconds: 20)
    }
  }

  private func thread(
    _ health: ThreadHealth, group suffix: String, topics: [String], outputs: KafkaSink.Topics
  ) -> PipelineThread {
    let member = health.heartbeat.name
    health.heartbeat.beat()
    return PipelineThread(
      member: member, topics: topics,
      consumer: properties.consumer(group: suffix, member: member),
      producer: properties.producer(member: member), outputs: outputs,
      bytesMaximum: outputs.compactMapValues { bytesMaximum[$0] }, control: control,
      health: health, logger: logger.with(["thread": .string(member)]), metrics: metrics,
      refusals: refusals, attemptsPath: "\(attempts.path)/\(member)",
      slowMilliseconds: configuration.transactionTimeoutMilliseconds * 9 / 10)
  }

  private func start<Loop: PipelineLoop & SendableMetatype & ~Copyable>(
    _ thread: PipelineThread,
    _ makeLoop: @escaping @Sendable (any ChannelSource, KafkaSink) -> Loop
  ) throws(ThreadStartError) {
    try start(thread.member) { thread.run(makeLoop) }
  }

  private func start(
    _ name: String, _ body: @escaping @Sendable () -> Void
  ) throws(ThreadStartError) {
    running.begin()
    do throws(ThreadStartError) {
      _ = try JoinableThread(name: name) { [running] in
        body()
        running.end()
      }
    } catch {
      running.end()
      throw error
    }
  }

  /// Waits until each thread has its clients, so that a missing permission is found before the daemon
  /// says that it is ready.
  private func waitForStart() {
    let deadline = clock.monotonicNanoseconds() + Int64(Self.startMilliseconds) * 1_000_000
    while !control.isStopping, !health.hasStarted, clock.monotonicNanoseconds() < deadline {
      control.waitForChange(milliseconds: 20)
    }
  }

  // MARK: - While it runs

  /// Feeds systemd's watchdog while the loop of every thread is running, and updates the status
  /// line.
  private func watch() {
    let feeder = notifier.watchdogInterval.map {
      WatchdogFeeder(
        interval: $0, heartbeats: health.threads.map(\.heartbeat), notifier: notifier)
    }
    let period = min(feeder?.period ?? .seconds(1), .seconds(1))
    while !control.isStopping {
      if let feeder, case .withhold(let stuck) = feeder.feed() {
        logger.error(
          "threads are stuck; not feeding the watchdog, so that systemd restarts the service",
          ["threads": .string(stuck.joined(separator: ","))])
      }
      notifier.status(statusLine)
      logger.warning(refusals.takeEnded())
      control.waitForChange(milliseconds: max(1, Int(period / .milliseconds(1))))
    }
  }

  private var statusLine: String {
    let counts =
      "\(metrics.points.inTime) points, \(metrics.forecasts.value) forecasts, "
      + "\(metrics.anomalies.value) anomalies, \(metrics.adoptions.value) model adoptions"
    guard case .down(let reason) = health.readiness else { return counts }
    return "not ready: \(reason); \(counts)"
  }

  /// Waits for the threads to commit and end.
  ///
  /// - Returns: whether all threads ended in time.
  private func join() -> Bool { running.wait(milliseconds: Self.stopMilliseconds) }
}

/// The error of a daemon that could not start or go on. Its text says what to do.
package enum DaemonError: Error, CustomStringConvertible {
  case failed(String)

  package var description: String {
    switch self {
    case .failed(let reason): reason
    }
  }
}
