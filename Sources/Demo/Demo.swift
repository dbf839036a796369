package import CommandLineInterface
import Configuration
package import Daemon
import KafkaClient
import MetricFormats
import Pipeline
package import ServiceManager
import Subscriber
import Synchronization
import Threads
import TimeSeries

/// `forecastd demo`: in one process the daemon, librdkafka's built-in broker, a player that writes
/// metrics into the input topic, and a subscriber that shows the records of the output topics.
package struct Demo {
  package struct Settings: Sendable {
    package var fixture: Fixture
    /// Whether to end when the recording ends.
    package var isOnce = false
    /// The name of this machine in its own live metrics.
    package var host = "localhost"
    package var startedAt = ContinuousClock.now
    package var environment: [String: String] = [:]

    package init(fixture: Fixture) { self.fixture = fixture }
  }

  private let settings: Settings
  private let control: DaemonControl
  private let logger: Logger
  private let activity = DaemonActivityBox()
  private let player = PlayerState()
  private let played = PlayedSteps()
  private let threads = DemoThreads()
  private let clock = SystemClock()
  private var screen: DemoScreen
  private var tally = DemoTally()
  private var accuracy = MedianAccuracy()
  private var board = SeriesBoard(showsValues: true)
  private var hasAnnouncedHost = false
  private var stall = StallWatch()

  /// - Parameters:
  ///   - terminal: asked at each drawing, since windows change their size.
  ///   - control: stops the demonstration, and its daemon with it.
  package init(
    _ settings: Settings, terminal: @escaping () -> Terminal, write: @escaping (String) -> Void,
    control: DaemonControl, logger: Logger
  ) {
    self.settings = settings
    self.control = control
    self.logger = logger
    screen = DemoScreen(terminal: terminal, write: write)
  }

  /// Runs until `control` is stopped, or where `isOnce` is set until the end of the recording.
  ///
  /// - Throws: where the daemon, the player or the broker failed.
  package mutating func run() throws {
    let directory = try TemporaryDirectory(environment: settings.environment)
    defer { directory.remove() }
    let cluster = try MockCluster { _, _, _ in }
    defer { withExtendedLifetime(cluster) {} }
    let configuration = try DemoConfiguration.make(
      broker: cluster.bootstrapServers, stateDirectory: directory.path)
    for topic in TopicPlan(configuration).topics {
      let count = topic.section.map { Int($0.partitions) } ?? DemoConfiguration.partitionCount
      try cluster.createTopic(topic.name, partitionCount: count)
    }
    introduce(cluster.bootstrapServers, configuration)
    try startDaemon(configuration)
    do {
      try startPlayer(configuration, broker: cluster.bootstrapServers)
      try show(configuration, broker: cluster.bootstrapServers)
    } catch {
      control.stop()
      threads.join()
      throw error
    }
    control.stop()
    threads.join()
    if let failure = threads.failure { throw DemoError.failed(failure) }
    summarize()
  }

  private mutating func introduce(_ broker: String, _ configuration: DaemonConfiguration) {
    let outputs = configuration.outputs
    let span = AgeText.text(settings.fixture.duration)
    screen.say("broker     \(broker) (built in, gone with this program)")
    screen.say("subscribe  kcat -b \(broker) -t \(outputs.forecasts.topic) -C")
    screen.say("           forecastd subscribe --broker \(broker) --from earliest")
    screen.say("input      \(span) of a real machine's metrics, as if they ended now")
    refresh()
  }

  // MARK: - Threads

  private func startDaemon(_ configuration: DaemonConfiguration) throws {
    try threads.start("daemon", control: control) { [activity, control, logger] in
      let daemon = try Daemon(
        configuration, logger: logger, control: control, provisionsTopics: false)
      try daemon.run { activity.set($0.activity) }
    }
  }

  private func startPlayer(_ configuration: DaemonConfiguration, broker: String) throws {
    try threads.start("player", control: control) {
      [settings, player, played, activity, control] in
      let thread = try MetricsPlayer(
        fixture: settings.fixture, broker: broker, topic: DemoConfiguration.inputTopic,
        partitionCount: DemoConfiguration.partitionCount, host: settings.host,
        playsHost: !settings.isOnce, streams: configuration.pipeline.streams, played: played,
        shared: player, activity: activity, isStopping: { control.isStopping })
      try thread.run()
    }
  }

  // MARK: - Output topics

  private mutating func show(_ configuration: DaemonConfiguration, broker: String) throws {
    let outputs = configuration.outputs
    let topics = [outputs.forecasts.topic, outputs.anomalies.topic, outputs.reports.topic]
    let reader = try OutputReader(
      KafkaConfiguration(bootstrapServers: broker), topics: topics, from: .earliest
    ) { _, _, _ in }
    while !control.isStopping, !isFinished {
      _ = try reader.poll(wait: .milliseconds(100)) { record in
        switch record.topic {
        case outputs.forecasts.topic: try take(ForecastRecord(decoding: record.value))
        case outputs.anomalies.topic:
          let (series, anomaly) = try AnomalyRecord.decode(record.value)
          tally.addAnomaly()
          screen.say(AnomalyLine.text(board.name(of: series), anomaly))
        default:
          let report = try TrainingRecord(decoding: record.value)
          tally.add(report)
          screen.say(report.line)
        }
      }
      announceHost()
      refresh()
      try stall.check(progress)
    }
    try reader.close()
  }

  private mutating func take(_ forecast: ForecastRecord) {
    if tally.forecastCount == 0 {
      screen.say(
        "first forecast \((ContinuousClock.now - settings.startedAt).secondsText) s after the start"
      )
    }
    tally.add(forecast, after: ContinuousClock.now - settings.startedAt)
    if !player.current.isFixtureFinished || settings.isOnce { accuracy.add(forecast) }
    // The recorded machine sends no more values.
    let isShown =
      !hasAnnouncedHost
      || forecast.series.labels.contains(SeriesKey.Label(name: "host", value: settings.host))
    guard isShown else { return }
    board.show(forecast, value: played.value(of: forecast.series.key, at: forecast.time))
  }

  private mutating func announceHost() {
    guard !settings.isOnce, !hasAnnouncedHost, player.current.isFixtureFinished else { return }
    hasAnnouncedHost = true
    board = SeriesBoard(showsValues: true)
    screen.say(
      "the recording has ended; now this host, '\(settings.host)', sampled every 2 s "
        + "(Ctrl-C ends)")
  }

  /// Whether all points played are consumed and all their output records are received.
  private var isFinished: Bool {
    guard settings.isOnce, player.current.isFixtureFinished, let daemon = activity.value else {
      return false
    }
    let dropped = daemon.drops.reduce(0) { $0 + $1.count }
    return daemon.pointCount + dropped >= player.pointCount && !daemon.isTraining
      && tally.forecastCount >= daemon.forecastCount && tally.anomalyCount >= daemon.anomalyCount
      && tally.reports.count >= daemon.reportCount
  }

  /// A number that grows with the work; in the live part with time.
  private var progress: Int {
    if hasAnnouncedHost { return Int(clock.now() / 1000) }
    let daemon = activity.value
    return player.pointCount + (daemon?.pointCount ?? 0) + tally.forecastCount
      + (daemon?.trainingProgress?.step ?? 0) + tally.reports.count
  }

  // MARK: - The screen

  private mutating func refresh(isLast: Bool = false) {
    let now = clock.now()
    let status = status
    screen.refresh(
      status: status, board: { [board] in board.lines(width: $0, height: $1, now: now) },
      isLast: isLast)
  }

  private var status: String {
    guard let daemon = activity.value, daemon.assignedPartitionCount > 0 else {
      return "the daemon joins its consumer group, which takes the built-in broker 3 s"
    }
    let position = player.current
    var parts: [String] = []
    if !position.isFixtureFinished {
      parts.append(
        "recording \(Int(position.fraction * 100)) %, at \(ClockText.utc(position.time))")
    } else if !settings.isOnce {
      parts.append("live")
    }
    if let training = daemon.trainingProgress {
      parts.append("training '\(training.stream)' \(training.step)/\(training.stepCount)")
    }
    parts += [
      "\(CompactNumber.grouped(daemon.pointCount)) points", "\(board.seriesCount) series",
      "\(CompactNumber.grouped(tally.forecastCount)) forecasts", "\(tally.anomalyCount) anomalies",
    ]
    return parts.joined(separator: ", ")
  }

  private mutating func summarize() {
    let daemon = activity.value
    let adopted = tally.reports.count { $0.isAdopted }
    let result = accuracy.result(played)
    let elapsed = ContinuousClock.now - settings.startedAt
    let played = player.pointCount
    let used = daemon?.pointCount ?? 0
    let drops = (daemon?.drops ?? []).map { "\($0.count) \($0.reason)" }.joined(separator: ", ")
    refresh(isLast: true)
    screen.say("")
    screen.say(
      "points       \(CompactNumber.grouped(used)) consumed of "
        + "\(CompactNumber.grouped(played)) produced" + (drops.isEmpty ? "" : " (\(drops))"))
    screen.say("series       \(tally.seriesCount)")
    screen.say(
      "forecasts    \(CompactNumber.grouped(tally.forecastCount))"
        + (tally.firstForecastAfter.map { ", the first after \($0.secondsText) s" } ?? ""))
    screen.say("anomalies    \(tally.anomalyCount)")
    screen.say("retrainings  \(tally.reports.count), of which \(adopted) gave a better model")
    for report in tally.reports { screen.say("             " + report.line) }
    if result.seriesCount > 0 {
      screen.say(
        "accuracy     on \(result.betterCount) of \(result.seriesCount) series the median's error "
          + "is below the naive forecast's (the last value stays)")
    }
    screen.say("seconds      \(elapsed.secondsText)")
    screen.finish()
  }
}

/// Ends the demonstration when its progress stops.
private struct StallWatch {
  private var last = -1
  private var since = ContinuousClock.now
  private static let patience: Duration = .seconds(60)

  mutating func check(_ progress: Int) throws(DemoError) {
    let now = ContinuousClock.now
    if progress != last {
      last = progress
      since = now
    } else if now - since > Self.patience {
      throw .stalled("neither points nor forecasts; the daemon's log (--log FILE) says why")
    }
  }
}
