import Daemon
import HostMetrics
import KafkaClient
import MetricFormats
import Pipeline
import TimeSeries

/// Plays a recording into the input topic, as if it ended when the program was started, and
/// continues with live samples of this host.
///
/// Records have no keys: each round of them goes to the next partition, as Kafka's sticky
/// partitioner scatters the records of agents that do not know series. A round begins when the
/// router has read the round before. Time passes a thousand times faster than in reality, so a
/// point that one partition delivers a moment later than another would be minutes late. Owned by
/// one thread.
final class MetricsPlayer {
  let fixture: Fixture
  let activity: DaemonActivityBox
  let shared: PlayerState
  let isStopping: @Sendable () -> Bool
  /// Whether to go on with this host after the recording.
  let playsHost: Bool
  private let producer: KafkaProducer
  private let topic: ProducerTopic
  private let partitionCount: Int32
  private var decoder: MessageDecoder
  private var alignment: PlayedAlignment
  private var batch = PointBatch()
  private var text: [UInt8] = []
  private var partition: Int32 = 0
  private let clock = SystemClock()
  private var host: HostSampler
  private var hostTime: Milliseconds
  /// Samples of this host, kept until the end of the recording.
  private var waiting: [[UInt8]] = []
  private let encoder = LineProtocolEncoder()

  /// Event time of a round.
  private static let roundMaximum: Milliseconds = 30_000
  /// Event time of the first round, which is in the topic before the daemon reads it; it is enough
  /// for the first training.
  private static let preludeMaximum: Milliseconds = 900_000
  /// Points that the router has written and the worker has not read yet.
  private static let backlogMaximum = 4_000
  static let hostInterval: Milliseconds = 2_000
  private static let flushTimeout: Duration = .seconds(10)

  init(
    fixture: Fixture, broker: String, topic name: String, partitionCount: Int, host: String,
    playsHost: Bool, streams: [StreamSettings], played: PlayedSteps, shared: PlayerState,
    activity: DaemonActivityBox, isStopping: @escaping @Sendable () -> Bool
  ) throws {
    self.fixture = fixture
    self.activity = activity
    self.shared = shared
    self.isStopping = isStopping
    self.playsHost = playsHost
    self.partitionCount = Int32(partitionCount)
    var configuration = KafkaConfiguration(bootstrapServers: broker)
    configuration.clientID = "forecastd-demo-player"
    configuration["linger.ms"] = "0"
    configuration["socket.nagle.disable"] = "true"
    producer = try KafkaProducer(configuration) { _, _, _ in }
    topic = try producer.topic(name)
    decoder = MessageDecoder(try InputFormat(name: "influx"))
    alignment = PlayedAlignment(streams: streams, played: played)
    self.host = HostSampler(
      host: host, options: HostSampler.Options(selection: try Self.selection()))
    hostTime = (SystemClock().now() / Self.hostInterval + 1) * Self.hostInterval
  }

  /// The fields that the bundled recording has.
  private static func selection() throws(HostMetricsError) -> FieldSelection {
    try FieldSelection(parsing: [
      "cpu.usage_user", "cpu.usage_system", "cpu.usage_iowait", "cpu.usage_idle",
      "mem.used_percent", "mem.available", "mem.cached", "mem.dirty", "system.load1",
      "system.load5", "kernel.context_switches", "kernel.interrupts", "kernel.processes_forked",
      "diskio.reads", "diskio.writes", "diskio.read_bytes", "diskio.write_bytes",
      "diskio.io_time", "net.bytes_recv", "net.bytes_sent", "net.packets_recv",
      "net.packets_sent", "processes.running", "processes.blocked",
    ])
  }

  /// Plays until it is told to stop, or without the host until the end of the recording.
  func run() throws {
    try playFixture()
    shared.finishFixture()
    guard playsHost else { return }
    while !isStopping() {
      try sampleHost()
      if waiting.isEmpty {
        sleep(milliseconds: 50)
      } else {
        text = waiting.removeFirst()
        partition = (partition + 1) % partitionCount
        try send()
        try waitForDaemon(whileTraining: false)
      }
    }
  }

  // MARK: - The recording

  private func playFixture() throws {
    let end = clock.now() / 1_000 * 1_000
    let instants = fixture.instants
    let shift = end - instants[instants.count - 1].time
    var roundEnd = instants[0].time + Self.preludeMaximum
    for (number, instant) in instants.enumerated() {
      if isStopping() { return }
      if instant.time > roundEnd {
        try waitForDaemon(whileTraining: true)
        partition = (partition + 1) % partitionCount
        roundEnd = instant.time + Self.roundMaximum
      }
      // As Telegraf sends them: several lines a record, but not all lines of an instant.
      let half = (instant.lines.count + 1) / 2
      for lines in [0..<half, half..<instant.lines.count] where !lines.isEmpty {
        text.removeAll(keepingCapacity: true)
        fixture.text(of: number, shift: shift, lines: lines, into: &text)
        try send()
      }
      try sampleHost()
      shared.note(
        fraction: Double(number + 1) / Double(instants.count), time: instant.time + shift)
    }
    try waitForDaemon(whileTraining: true)
  }

  /// Waits until the router has read all points and the worker nearly all.
  ///
  /// - Parameter whileTraining: waits for a training too, so that its model makes the next
  ///   forecasts.
  private func waitForDaemon(whileTraining: Bool) throws {
    try producer.flush(timeout: Self.flushTimeout)
    while !isStopping() {
      if let daemon = activity.value, daemon.assignedPartitionCount > 0 {
        let sent = shared.pointCount
        let isRouted = daemon.routedPointCount >= sent
        let isNearlyTaken = sent - daemon.pointCount < Self.backlogMaximum
        if isRouted, isNearlyTaken, !(whileTraining && daemon.isTraining) { return }
      }
      try sampleHost()
      sleep(milliseconds: 1)
    }
  }

  // MARK: - This host

  /// Takes a sample if its instant has come since the last call.
  private func sampleHost() throws(HostMetricsError) {
    guard playsHost else { return }
    let now = clock.now()
    guard now >= hostTime else { return }
    // Instants during a sleep are skipped.
    let time = now / Self.hostInterval * Self.hostInterval
    hostTime = time + Self.hostInterval
    var lines: [UInt8] = []
    for sample in try host.sample(timestampNanoseconds: time * 1_000_000) {
      encoder.append(sample, to: &lines)
    }
    if !lines.isEmpty { waiting.append(lines) }
  }

  // MARK: - Sending

  /// Sends `text` to the round's partition, and aligns its points as the daemon will.
  private func send() throws {
    batch.removeAll()
    let text = text
    try text.withUnsafeBytes { value in
      decoder.decode(RawMessage(value: value, recordTime: nil, index: 0), into: &batch)
      // Counted first: the points that arrive must never be more than the points that were sent.
      shared.addPoints(batch.points.count)
      try producer.produce(
        to: topic, partition: .explicit(partition), key: nil, value: value)
    }
    alignment.add(batch)
  }

  private func sleep(milliseconds: Int64) {
    var clock = SystemRecordingClock()
    clock.sleep(nanoseconds: milliseconds * 1_000_000)
  }
}
