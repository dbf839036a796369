import MetricFormats
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import TimeSeries

/// Producers, routers and workers over topics in memory, in simulated time, with crashes; the same for
/// a seed.
///
/// Every series has a point in each interval. Senders with a right clock write each point within the
/// lateness, into any partition. Processes die, and their parts go to others after the session
/// timeout. In some runs nobody reaches the brokers at first, and all that was gathered is sent within
/// a second; in some all processes are away for longer than a channel is waited for.
struct TimeSimulation {
  struct Sender {
    var name: String
    /// By how much the clock is ahead; it may jump.
    var offset: Milliseconds
    var isRight: Bool
    /// Points are kept back and flushed together where this is longer than one interval.
    var flush: Milliseconds
    var partition = 0
  }

  static let interval: Milliseconds = 1_000
  static let lateness: Milliseconds = 2_000
  private static let session: Milliseconds = 9_000
  static let steps = 60

  private var random: SplitMix
  private let inputs: MemoryLog
  private let points: MemoryLog
  private(set) var senders: [Sender] = []
  private let clock = ManualClock(milliseconds: Rig.start)
  private let settings: PipelineSettings
  private let metrics = PipelineMetrics(registry: MetricsRegistry())
  /// Points on their way, by the time at which they reach the log.
  private var sent: [(at: Milliseconds, partition: Int, text: String)] = []
  private(set) var rightTimes: [(series: String, time: Milliseconds, value: Double)] = []

  private let directory: TemporaryDirectory
  /// Until then the senders gather.
  private let outageEnd: Milliseconds
  private var gatheredCount: Int64 = 0
  /// No process lives then.
  private let absence: Range<Milliseconds>

  init(seed: UInt64, lateSenders: Int = 2) throws {
    directory = try TemporaryDirectory()
    random = SplitMix(seed: seed)
    inputs = MemoryLog(topic: "metrics", partitionCount: 3)
    points = MemoryLog(topic: "points", partitionCount: 2)
    var stream = try stream(interval: Self.interval)
    stream.alignment.allowedLateness = Self.lateness
    var settings = pipeline(
      [stream], batch: 40, tickAfter: 5_000, snapshotEvery: 1_000)
    settings.stallMilliseconds = 20_000
    self.settings = settings
    let gathering: Milliseconds = random.uniform() < 0.3 ? 18_000 : 0
    outageEnd = Rig.start + gathering
    let begin = Rig.start + 35_000
    let length: Milliseconds = random.uniform() < 0.3 ? 30_000 : 0
    absence = begin..<begin + length
    for number in 0..<6 {
      let isRight = number < 6 - lateSenders
      let offsets: [Milliseconds] = [1_000, 7_000, 30_000, 59_000, 86_400_000, 315_360_000_000]
      senders.append(
        Sender(
          name: "s\(number)", offset: isRight ? 0 : random.element(of: offsets), isRight: isRight,
          flush: random.uniform() < 0.2 ? 2_000 : 0,
          partition: Int.random(in: 0..<3, using: &random)))
    }
  }

  /// What came out, by series, and how many points of right senders were late.
  struct Outcome {
    var forecasts: [String: [String]] = [:]
    var late: [String] = []
    var warnings: [String] = []
  }

  /// Runs everything and returns what subscribers have seen.
  mutating func run() throws -> Outcome {
    let hosts = [Host(partitions: [0, 1]), Host(partitions: [2])]
    let worker = Rig(settings, log: points, clock: clock)
    worker.format = CompactPoints.input
    worker.isRouted = true
    worker.finite = false
    worker.snapshots = try SnapshotStore(directory: directory.path)
    var loop: Worker? = worker.worker()
    let end = Rig.start + Int64(Self.steps) * Self.interval + 40_000
    var workerStart: Milliseconds = 0
    while clock.now() < end {
      clock.advance(milliseconds: 100)
      let now = clock.now()
      if now < Rig.start + Int64(Self.steps) * Self.interval { send(at: now) }
      deliver(at: now)
      if absence.contains(now) {
        for host in hosts { host.router = nil }
        loop = nil
        continue
      }
      for number in hosts.indices { try turn(hosts[number], other: hosts[1 - number], at: now) }
      if loop != nil, random.uniform() < 0.004 {
        loop = nil
        workerStart = now + 3_000
      }
      if loop == nil, now >= workerStart { loop = worker.worker() }
      try loop?.run(turns: 1)
    }
    return outcome(of: worker)
  }

  private func outcome(of worker: Rig) -> Outcome {
    var outcome = Outcome()
    outcome.warnings = worker.warnings.lines
    for record in worker.records(of: .forecasts) {
      outcome.forecasts[text(record.key), default: []].append(text(record.value))
    }
    let right = Set(senders.filter(\.isRight).map(\.name))
    for letter in worker.records(of: .deadLetters) {
      let name = text(letter.key)
      if right.contains(where: { name.contains($0) }) {
        let bytes = letter.value
        let times = bytes.indices.filter { $0 > 0 && ($0 - 1) % 17 == 1 && $0 + 8 <= bytes.count }
          .map { at in
            (0..<8).reduce(Int64(0)) { $0 | Int64(bytes[at + $1]) << (8 * Int64($1)) } - Rig.start
          }
        outcome.late.append("\(name) \(letter[header: "reason"] ?? "") \(times)")
      }
    }
    return outcome
  }

  /// The forecasts of a run in which all points come in perfect order.
  func inOrder() throws -> Outcome {
    let log = MemoryLog(topic: "ordered", partitionCount: 1)
    for point in rightTimes.sorted(by: { ($0.time, $0.series) < ($1.time, $1.series) }) {
      log.append(
        value: PipelineTests.point(point.series, time: point.time, value: point.value),
        recordTime: point.time)
    }
    var settings = settings
    settings.isInOrder = true
    let rig = Rig(settings, log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    return outcome(of: rig)
  }

  // MARK: - Senders

  private mutating func send(at now: Milliseconds) {
    for number in senders.indices {
      // Each sender has its own moment in the interval.
      guard (now - Rig.start) % Self.interval == Int64(number) * 100 else { continue }
      if !senders[number].isRight, random.uniform() < 0.05 {
        senders[number].offset = random.element(of: [0, 5_000, 45_000, 3_600_000])
      }
      let time = now + senders[number].offset
      let value = 10 + Double((now / 1_000 + Int64(number)) % 7) + random.uniform()
      let sender = senders[number]
      if sender.isRight { rightTimes.append((sender.name, time, value)) }
      if random.uniform() < 0.3 {
        senders[number].partition = Int.random(in: 0..<3, using: &random)
      }
      if now < outageEnd {
        // Senders in the order of time, a few in each millisecond.
        gatheredCount += 1
        sent.append(
          (
            outageEnd + gatheredCount * 6, Int.random(in: 0..<3, using: &random),
            point(sender.name, time: time, value: value)
          ))
        continue
      }
      let delay =
        sender.flush > 0
        ? sender.flush - (now - Rig.start) % sender.flush : Int64(random.uniform() * 1_500)
      // What was gathered goes first.
      let flushed = gatheredCount > 0 ? outageEnd + (gatheredCount + 1) * 6 : 0
      sent.append(
        (
          max(now + min(delay, Self.lateness - 300), flushed), senders[number].partition,
          point(sender.name, time: time, value: value)
        ))
    }
  }

  private mutating func deliver(at now: Milliseconds) {
    for message in sent where message.at <= now {
      inputs.append(
        partition: message.partition, value: message.text, recordTime: now, recordClock: .producer)
    }
    sent.removeAll { $0.at <= now }
  }

  // MARK: - Routers

  /// One process with a router. When it dies, the other takes its partitions after the session
  /// timeout; when it is back, it takes them again.
  private final class Host {
    let home: [Int]
    var partitions: [Int]
    var router: RouterBox?
    var deadUntil: Milliseconds?
    var diedAt: Milliseconds = 0

    init(partitions: [Int]) {
      home = partitions
      self.partitions = partitions
    }
  }

  private final class RouterBox {
    var router: Router
    let sink: MemorySink
    var copied = 0

    init(_ router: consuming Router, sink: MemorySink) {
      self.router = router
      self.sink = sink
    }
  }

  private mutating func turn(_ host: Host, other: Host, at now: Milliseconds) throws {
    if let until = host.deadUntil {
      if now - host.diedAt >= Self.session, !host.partitions.isEmpty {
        try stop(other)
        other.partitions = (other.partitions + host.partitions).sorted()
        host.partitions = []
      }
      guard now >= until else { return }
      host.deadUntil = nil
      if host.partitions.isEmpty, other.deadUntil == nil {
        try stop(other)
        other.partitions = other.home
        host.partitions = host.home
      }
    } else if random.uniform() < 0.004, other.deadUntil == nil {
      // What was not committed is gone.
      host.router = nil
      host.diedAt = now
      host.deadUntil = now + Int64(2_000 + random.uniform() * 14_000)
      return
    }
    guard !host.partitions.isEmpty else { return }
    if host.router == nil { host.router = makeRouter(reading: host.partitions) }
    // A router is slow now and then.
    if random.uniform() < 0.1 { return }
    try host.router?.router.run(turns: 1)
    copyPoints(of: host)
  }

  private func stop(_ host: Host) throws {
    try host.router?.router.shutDown()
    copyPoints(of: host)
    host.router = nil
  }

  private func makeRouter(reading partitions: [Int]) -> RouterBox {
    let source = MemorySource(log: inputs, partitions: partitions)
    source.isFinite = false
    let sink = MemorySink(log: inputs)
    return RouterBox(
      Router(
        settings: settings, inputs: InputDecoders([.init(topic: inputs.topic, format: Rig.json)]),
        source: source, sink: sink, clock: clock, metrics: metrics, log: .silent), sink: sink)
  }

  /// Appends what the router has committed to the points topic.
  private func copyPoints(of host: Host) {
    guard let box = host.router else { return }
    let records = box.sink.records(of: .points)
    for record in records[box.copied...] {
      let own = record.key.reduce(0) { $0 &+ Int($1) } % 2
      for partition in 0..<2 where record.value.isEmpty || partition == own {
        points.append(
          partition: partition, key: record.key, value: record.value, recordTime: clock.now())
      }
    }
    box.copied = records.count
  }
}

extension SplitMix {
  fileprivate mutating func element<Element>(of elements: [Element]) -> Element {
    elements[Int.random(in: elements.indices, using: &self)]
  }
}
