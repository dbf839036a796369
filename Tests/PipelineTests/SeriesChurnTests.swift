import Detection
import Forecasting
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

/// Series that come and go beside some that stay: each step a few names begin, each of which speaks
/// for `lifetime` steps and never again.
struct Churn {
  var stayingCount = 10
  /// Names that begin with each step.
  var birthRate = 5
  var lifetime = 10
  var steps = 400

  /// Names that come and go.
  var nameCount: Int { steps * birthRate }
  var liveCount: Int { stayingCount + birthRate * lifetime }

  func append(to log: MemoryLog, _ range: Range<Int>? = nil, staying isAlone: Bool = false) {
    for step in range ?? 0..<steps {
      let time = Rig.start + Int64(step) * Rig.interval
      func speak(_ name: String, _ seed: Int) {
        let value = Double(seed % 7 + 1) * (10 + Double((step &* 31 &+ seed &* 17) % 23))
        log.append(value: point(name, time: time, value: value), recordTime: time)
      }
      for number in 0..<stayingCount { speak("staying-\(number)", number) }
      if isAlone { continue }
      let oldest = max(0, (step - lifetime + 1) * birthRate)
      for number in oldest..<(step + 1) * birthRate { speak("passing-\(number)", number) }
    }
  }
}

@Suite("series that come and go")
struct SeriesChurnTests {
  /// A stream that forgets what has been silent for `expiry` steps.
  private func forgetful(expiry: Int = 60, maximum: Int = 100_000) throws -> StreamSettings {
    var settings = try stream()
    settings.alignment.maximumGap = 6
    settings.anomalies.silentAfter = 4
    settings.configuredSeriesExpiry = Int64(expiry) * Rig.interval
    settings.seriesMaximum = maximum
    return settings
  }

  /// A series is active for a step after its last point, which is in proportion to the other times.
  private func lively(_ stream: StreamSettings, batch: Int) -> PipelineSettings {
    var settings = untimedPipeline(stream, batch: batch)
    settings.idleMilliseconds = Rig.interval
    return settings
  }

  private func run(
    _ stream: StreamSettings, batch: Int = 1_000, fill: (MemoryLog) -> Void
  ) throws -> Rig {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    fill(log)
    let rig = Rig(lively(stream, batch: batch), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    return rig
  }

  private func staying(_ rig: Rig) -> [String] {
    transcript(rig.records.filter { text($0.key).hasPrefix("staying") })
  }

  private func events(_ rig: Rig) -> [String: UInt64] {
    rig.counts(of: "forecastd_series_events_total")
  }

  /// Series that a partition holds, as its gauge says.
  private func seriesCount(_ rig: Rig) -> Double {
    for sample in rig.registry.snapshot().first(where: { $0.name == "forecastd_series" })?.samples
      ?? []
    {
      if case .number(let number) = sample.value { return number }
    }
    return .nan
  }

  @Test("a week of churn takes bounded memory, refuses nobody, and trains on live series")
  func week() throws {
    let churn = Churn(stayingCount: 20, birthRate: 10, lifetime: 8, steps: 2_000)
    #expect(churn.liveCount == 100 && churn.nameCount == 20_000)
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    let rig = Rig(lively(try forgetful(), batch: 2_000), log: log)
    var worker = rig.worker()
    // Live series, those whose silence is not over, and those that wait for the next look.
    let bound = churn.liveCount + churn.birthRate * (60 + 60 / 16 + 2)
    for first in stride(from: 0, to: churn.steps, by: 100) {
      churn.append(to: log, first..<first + 100)
      rig.clock.advance(milliseconds: 100_000)
      try worker.runToEnd()
      #expect(seriesCount(rig) <= Double(bound), "step \(first)")
      let store = worker.trainingStore(ofStream: 0)
      #expect(store.keptSeries + store.declinedSeries <= bound)
      let oldest = max(0, (first + 100 - 80) * churn.birthRate)
      let isLive = store.dataset().series.allSatisfy {
        let name = String(decoding: $0.key, as: UTF8.self)
        guard let number = Int(name.split(separator: "-")[1]) else { return false }
        return name.hasPrefix("staying") || number >= oldest
      }
      #expect(isLive, "step \(first)")
    }
    #expect(rig.metrics.drops.nonZero.isEmpty)
    #expect(rig.metrics.unused.isEmpty)
    let forgotten = try #require(events(rig)["expired"])
    #expect(forgotten >= UInt64(churn.nameCount - bound) && forgotten <= UInt64(churn.nameCount))
    #expect(events(rig)["displaced"] == 0)
    let alone = try run(try forgetful()) { churn.append(to: $0, staying: true) }
    expectSame(staying(rig), staying(alone))
  }

  @Test("at the maximum the longest silent make room, and no live series is touched or refused")
  func displaced() throws {
    let churn = Churn()
    let rig = try run(try forgetful(expiry: 100_000, maximum: churn.liveCount + 20)) {
      churn.append(to: $0)
    }
    #expect(rig.metrics.drops.nonZero.isEmpty)
    #expect(events(rig)["expired"] == 0)
    #expect(events(rig)["displaced"] ?? 0 >= UInt64(churn.nameCount - churn.liveCount - 20))
    let alone = try run(try forgetful()) { churn.append(to: $0, staying: true) }
    expectSame(staying(rig), staying(alone))
  }

  @Test("a flood of names that speak once displaces no live series")
  func flood() throws {
    let churn = Churn(steps: 120)
    let rig = try run(try forgetful(maximum: churn.liveCount)) { log in
      for step in 0..<churn.steps {
        churn.append(to: log, step..<step + 1)
        let time = Rig.start + Int64(step) * Rig.interval
        for number in 0..<200 {
          log.append(value: point("once-\(step)-\(number)", time: time, value: 1), recordTime: time)
        }
      }
    }
    #expect(rig.metrics.drops[.seriesLimit] > 10_000)
    let alone = try run(try forgetful()) { churn.append(to: $0, 0..<120, staying: true) }
    expectSame(staying(rig), staying(alone))
  }

  @Test("one record with more new series than there is room for is taken up all the same")
  func overflow() throws {
    let rig = try run(try forgetful(maximum: 100)) { log in
      for step in 0..<20 {
        let time = Rig.start + Int64(step) * Rig.interval
        for first in [0, 49] where step % 5 == 0 {
          let points = (first..<first + 49).map {
            point("s\(step)-\($0)", time: time, value: Double($0))
          }
          log.append(value: "[\(points.joined(separator: ","))]", recordTime: time)
        }
        log.append(value: point("clock", time: time, value: 1), recordTime: time)
      }
    }
    #expect(rig.metrics.drops.nonZero.isEmpty)
    #expect(events(rig)["displaced"] ?? 0 >= 3 * 97)
  }

  @Test("a series that returns begins as a new one")
  func returned() throws {
    func fill(_ log: MemoryLog, speaksBefore: Bool) {
      for step in 0..<300 {
        let time = Rig.start + Int64(step) * Rig.interval
        log.append(value: point("clock", time: time, value: Double(step % 5)), recordTime: time)
        guard speaksBefore && step < 100 || step >= 200 else { continue }
        log.append(
          value: point("a", time: time, value: Double(step % 11) * 3), recordTime: time)
      }
    }
    func afterwards(_ rig: Rig) -> [String] {
      transcript(
        rig.records.filter { text($0.key) == "a" && $0.timestamp > Rig.start + 199_000 })
    }
    let returned = try run(try forgetful()) { fill($0, speaksBefore: true) }
    let new = try run(try forgetful()) { fill($0, speaksBefore: false) }
    #expect(events(returned)["expired"] == 1)
    #expect(events(new)["expired"] == 0)
    expectSame(afterwards(returned), afterwards(new))
    // Without that, the corrections of the first life would go on.
    let remembered = try run(try forgetful(expiry: 10_000)) { fill($0, speaksBefore: true) }
    #expect(afterwards(remembered) != afterwards(new))
  }

  @Test("an outage of all producers, however long, forgets nobody who speaks after it")
  func outage() throws {
    let rig = try run(try forgetful()) { log in
      for step in [Array(0..<50), Array(10_000..<10_100)].joined() {
        let time = Rig.start + Int64(step) * Rig.interval
        for number in 0..<5 where number < 4 || step < 50 {
          log.append(value: point("s\(number)", time: time, value: 1), recordTime: time)
        }
      }
    }
    #expect(events(rig)["expired"] == 1)
  }

  @Test("no series expires where time is an index, and none is displaced")
  func index() throws {
    var settings = try stream()
    settings.takeTimeAsIndex(interval: 1)
    settings.configuredSeriesExpiry = 60
    settings.seriesMaximum = 2
    let rig = try run(settings) { log in
      for step in 0..<2_000 {
        log.append(value: point("long", time: Int64(step), value: 1), recordTime: nil)
        if step < 5 {
          log.append(value: point("short", time: Int64(step), value: 1), recordTime: nil)
        }
      }
      log.append(value: point("third", time: 2_000, value: 1), recordTime: nil)
    }
    #expect(events(rig)["expired"] == 0 && events(rig)["displaced"] == 0)
    #expect(rig.metrics.drops[.seriesLimit] == 1)
  }

  @Test("outputs do not depend on where batches end", arguments: [1, 7, 333])
  func batches(batch: Int) throws {
    let churn = Churn(steps: 150)
    for maximum in [churn.liveCount + 20, 100_000] {
      let settings = try forgetful(maximum: maximum)
      let reference = try run(settings) { churn.append(to: $0) }
      let other = try run(settings, batch: batch) { churn.append(to: $0) }
      #expect(events(other) == events(reference))
      expectSame(transcript(other.records), transcript(reference.records))
    }
  }

  @Test("an abort brings forgotten series back", arguments: [1, 2, 3])
  func aborts(seed: UInt64) throws {
    let churn = Churn(steps: 150)
    for maximum in [churn.liveCount + 20, 100_000] {
      let settings = try forgetful(maximum: maximum)
      let reference = try run(settings) { churn.append(to: $0) }
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      churn.append(to: log)
      let rig = Rig(lively(settings, batch: 171), log: log)
      var worker = rig.worker()
      let sink = try #require(rig.sink)
      var random = SplitMix(seed: seed)
      sink.onCommit = { [weak sink] _ in
        if random.uniform() < 0.4 {
          sink?.scriptedCommitErrors = [.abortTransaction("scripted, seed \(seed)")]
        }
      }
      try worker.runToEnd()
      #expect(rig.metrics.aborts.value > 5)
      #expect(events(rig) == events(reference), "seed \(seed)")
      expectSame(transcript(rig.records), transcript(reference.records), "seed \(seed)")
    }
  }

  @Test("a restart forgets the same series at the same records", arguments: [1, 2, 3])
  func restarts(seed: UInt64) throws {
    let churn = Churn(steps: 240)
    for maximum in [churn.liveCount + 20, 100_000] {
      let settings = try forgetful(maximum: maximum)
      let reference = try run(settings) { churn.append(to: $0) }
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      let directory = try TemporaryDirectory()
      let rig = Rig(lively(settings, batch: 97), log: log)
      rig.snapshots = try SnapshotStore(directory: directory.path)
      var random = SplitMix(seed: seed)
      var step = 0
      var endsCleanly = true
      while step < churn.steps {
        // A clean end leaves a snapshot. Without one, the next process replays from an older one.
        let next = min(churn.steps, step + Int.random(in: 5...40, using: &random))
        churn.append(to: log, step..<next)
        step = next
        var worker = rig.worker()
        try worker.runToEnd()
        if endsCleanly { try worker.shutDown() }
        endsCleanly = step < 20 || !endsCleanly
      }
      #expect(rig.warnings.lines.isEmpty)
      expectSame(transcript(rig.records), transcript(reference.records), "seed \(seed)")
      #expect((events(rig)["expired"] ?? 0) + (events(rig)["displaced"] ?? 0) > 500)
    }
  }

  @Test("a model is adopted under churn, and rows without a series do not hold it up")
  func adoption() throws {
    let churn = Churn(birthRate: 20, steps: 200)
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    churn.append(to: log)
    let rig = Rig(lively(try forgetful(), batch: 1_000), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    // Most of the rows are free by now.
    Churn(stayingCount: 10, birthRate: 0, steps: 400).append(to: log, 200..<400)
    try worker.runToEnd()
    rig.models.install(try model(1))
    try worker.run(turns: 3)
    let isSwapping = worker.isSwapping
    #expect(!isSwapping)
    churn.append(to: log, 400..<420)
    try worker.runToEnd()
    let after = rig.records(of: .forecasts).filter { $0.timestamp > Rig.start + 402_000 }
    #expect(after.count > 1_000)
    #expect(after.allSatisfy { $0[header: "model"] == "1" })
  }
}
