import Detection
import Forecasting
import Glibc
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

@Suite("planned windows in the worker")
struct PlannedWindowTests {
  private static func time(_ step: Int) -> Milliseconds { Rig.start + Int64(step) * Rig.interval }

  private func window(
    _ steps: Range<Int>, _ effect: PlannedEffect, _ series: String? = nil, rule: String? = nil
  ) throws -> PlannedWindow {
    try PlannedWindow(
      id: "w", from: Self.time(steps.lowerBound), to: Self.time(steps.upperBound), rule: rule,
      series: try series.map { try SeriesPattern($0) }, effect: effect)
  }

  /// Waves, and what happens to them.
  ///
  /// - Parameter change: by series and step; nil for no point.
  private func log(
    series: Int = 3, steps: Int, seed: UInt64 = 1,
    change: (Int, Int, Double) -> Double? = { $2 }
  ) -> MemoryLog {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    var random = SplitMix(seed: seed)
    for step in 0..<steps {
      for number in 0..<series {
        let wave = 20 + 5 * sin(Double(step) / 5 + Double(number)) + random.uniform()
        guard let value = change(number, step, wave) else { continue }
        log.append(
          value: point("wave\(number)", time: Self.time(step), value: value),
          recordTime: Self.time(step) + 20)
      }
    }
    return log
  }

  private func rig(
    _ log: MemoryLog, _ windows: [PlannedWindow], batch: Int = 50,
    retraining: Schedule? = nil
  ) throws -> Rig {
    var settings = try stream(retraining: retraining)
    settings.planned = PlannedWindows(windows)
    return Rig(untimedPipeline(settings, batch: batch), log: log)
  }

  /// As `rig`, but only silence opens incidents.
  private func silentRig(_ log: MemoryLog, batch: Int = 40) throws -> Rig {
    let rig = try rig(log, [try window(290..<480, .both, "wave{0,1,2}")], batch: batch)
    rig.settings.streams[0].anomalies.learningSteps = 100_000
    return rig
  }

  /// Anomaly records as `wave0 open 500`, the number being the step.
  private func anomalies(_ rig: Rig) -> [String] {
    rig.records(of: .anomalies).map { record in
      let body = text(record.value)
      let event = ["open", "update", "close"].first { body.contains(#""event":"\#($0)""#) } ?? "?"
      let ending = ["maintenance", "returned"].first { body.contains(#""ending":"\#($0)""#) }
      let step = ((number("time", in: record) ?? 0) - Double(Rig.start)) / Double(Rig.interval)
      return "\(text(record.key)) \(event)\(ending.map { " \($0)" } ?? "") \(Int(step))"
    }
  }

  /// Spikes of the first two series, within the window and outside.
  private func spikes(_ number: Int, _ step: Int, _ value: Double) -> Double {
    number < 2 && [300, 340, 400].contains(step) ? 500 : value
  }

  @Test("incidents within a window are counted and not reported, forecasts go on")
  func suppresses() throws {
    func run(_ windows: [PlannedWindow]) throws -> Rig {
      let rig = try self.rig(log(steps: 480, change: spikes), windows)
      var worker = rig.worker()
      try worker.runToEnd()
      return rig
    }
    func opened(_ rig: Rig) -> [String] { anomalies(rig).filter { $0.contains("open") } }
    let free = try run([])
    #expect(
      Set(opened(free)).isSuperset(of: ["wave0 open 301", "wave1 open 301", "wave1 open 401"]))
    #expect(free.counts(of: "forecastd_suppressed_incidents_total") == ["stream": 0])
    let planned = try run([try window(295..<390, .suppress)])
    func spiked(_ openings: [String]) -> [String] { openings.filter { !$0.hasPrefix("wave2") } }
    #expect(spiked(opened(planned)) == spiked(opened(free)).filter { !$0.contains(" 3") })
    let suppressed = try #require(
      planned.counts(of: "forecastd_suppressed_incidents_total")["stream"])
    #expect((2...4).contains(suppressed))
    #expect(planned.metrics.forecasts.value == free.metrics.forecasts.value)
    // Only for the series that the window is for.
    let one = try run([try window(295..<390, .suppress, "wave1")])
    #expect(opened(one) == opened(free).filter { !$0.hasPrefix("wave1 open 3") })
    // Windows that come again: every two minutes, of which the third and fourth have the spikes.
    let recurring = try run([
      try window(55..<105, .suppress, rule: "FREQ=HOURLY"),
      try window(295..<345, .suppress, rule: "FREQ=DAILY"),
    ])
    #expect(opened(recurring) == opened(planned))
  }

  @Test("an incident closes with the first step of a window, as maintenance")
  func closes() throws {
    let disturbed = log(steps: 420) { number, step, value in
      number == 0 && (300..<400).contains(step) ? 400 + Double(step % 3) : value
    }
    let rig = try self.rig(disturbed, [try window(305..<330, .both)])
    var worker = rig.worker()
    try worker.runToEnd()
    let mine = anomalies(rig).filter { $0.hasPrefix("wave0") && !$0.contains("update") }
    #expect(
      mine.starts(with: ["wave0 open 301", "wave0 close maintenance 306", "wave0 open 331"]),
      "\(mine)")
    let close = try #require(
      rig.records(of: .anomalies).first { text($0.value).contains(#""ending":"maintenance""#) })
    #expect(text(close.value).contains(#""text":"A planned window begins.""#))
  }

  @Test("what comes within a window that skips learning changes no forecast, now or later")
  func skipsLearning() throws {
    func run(_ change: (Int, Int, Double) -> Double?) throws -> Rig {
      let rig = try self.rig(
        log(steps: 700, change: change), [try window(300..<420, .both)],
        retraining: try Schedule(every: 120_000))
      var worker = rig.worker()
      try worker.runToEnd()
      return rig
    }
    let calm = try run { $2 }
    let disturbed = try run { number, step, value in
      (300..<420).contains(step) ? value * Double(step % 11) - 3_000 * Double(number) : value
    }
    #expect(calm.metrics.retrainings.value >= 3)
    #expect(calm.records(of: .forecasts).count > 3 * 690)
    expectSame(
      transcript(disturbed.records, of: [.forecasts]), transcript(calm.records, of: [.forecasts]))
    // It is the window that did it.
    let free = try self.rig(
      log(steps: 700) { number, step, value in
        (300..<420).contains(step) ? value * Double(step % 11) - 3_000 * Double(number) : value
      }, [])
    var worker = free.worker()
    try worker.runToEnd()
    #expect(
      transcript(free.records, of: [.forecasts]) != transcript(calm.records, of: [.forecasts]))
  }

  @Test("no burst of alarms follows a long window that skips learning", arguments: [1, 2, 3])
  func noBurst(seed: UInt64) throws {
    func opened(isDisturbed: Bool, _ windows: [PlannedWindow]) throws -> [Int] {
      let rig = try self.rig(
        log(series: 20, steps: 1_300, seed: seed) { _, step, value in
          isDisturbed && (500..<800).contains(step) ? value / 3 : value
        }, windows, batch: 500, retraining: try Schedule(every: 200_000))
      var worker = rig.worker()
      try worker.runToEnd()
      return anomalies(rig).filter { $0.contains("open") }
        .compactMap { Int($0.split(separator: " ").last ?? "") }.filter { $0 > 800 }
    }
    let calm = try opened(isDisturbed: false, [])
    let planned = try opened(isDisturbed: true, [try window(500..<800, .both)])
    let first = (calm.count { $0 <= 860 }, planned.count { $0 <= 860 })
    #expect(first.1 <= first.0 + 4, "seed \(seed): the first minute, \(first)")
    #expect(planned.count <= calm.count + 8, "seed \(seed): \(calm.count), \(planned.count)")
  }

  @Test("outputs after aborts are those of a run without any", arguments: [1, 2, 3])
  func aborts(seed: UInt64) throws {
    func run(probability: Double, batch: Int) throws -> Rig {
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      // New series, gaps and unmatched points are part of what goes back.
      log.appendWaves(series: 4, steps: 0..<260, seed: seed)
      let rig = try self.rig(
        log,
        [
          try window(60..<100, .suppress, "wave?"), try window(90..<140, .skipLearning, "wave1"),
          try window(150..<200, .both, "wave-new*"), try window(210..<220, .both),
        ], batch: batch)
      var worker = rig.worker()
      var random = SplitMix(seed: seed)
      let sink = try #require(rig.sink)
      sink.onCommit = { [weak sink] _ in
        if random.uniform() < probability { sink?.scriptedCommitErrors = [.abortTransaction("x")] }
      }
      try worker.runToEnd()
      return rig
    }
    let reference = try run(probability: 0, batch: 100)
    let sabotaged = try run(probability: 0.4, batch: 17)
    #expect(sabotaged.metrics.aborts.value > 5)
    expectSame(transcript(sabotaged.records), transcript(reference.records), "seed \(seed)")
    let family = "forecastd_suppressed_incidents_total"
    #expect(sabotaged.counts(of: family) == reference.counts(of: family))
  }

  /// A series that is silent in the window and after it, one that comes back within, one that is silent
  /// from before the window on, and one without a window.
  private func silences(_ number: Int, _ step: Int, _ value: Double) -> Double? {
    switch number {
    case 0: step < 300 || step >= 520 ? value : nil
    case 1: (305..<450).contains(step) ? nil : value
    case 2: (270..<520).contains(step) ? nil : value
    case 3: (300..<520).contains(step) ? nil : value
    default: value
    }
  }

  @Test("who is silent after a window is reported then, however long the window was")
  func silence() throws {
    func run(batch: Int) throws -> Rig {
      let rig = try silentRig(log(series: 5, steps: 560, change: silences), batch: batch)
      var worker = rig.worker()
      try worker.runToEnd()
      return rig
    }
    let rig = try run(batch: 50)
    func events(_ series: String) -> [String] {
      anomalies(rig).filter { $0.hasPrefix(series) }.map { String($0.dropFirst(6)) }
    }
    #expect(events("wave0") == ["open 481", "close returned 521"])
    #expect(events("wave1").isEmpty)
    #expect(
      events("wave2") == [
        "open 280", "close maintenance 291", "open 481", "close returned 521",
      ])
    #expect(events("wave3") == ["open 310", "close returned 521"])
    // Time alone decides, not the ends of batches.
    for batch in [1, 7, 400, 3_000] {
      expectSame(transcript(try run(batch: batch).records), transcript(rig.records), "\(batch)")
    }
  }

  @Test("a restart from a snapshot within the window goes on as if there was none")
  func restart() throws {
    let whole = try silentRig(log(series: 5, steps: 560, change: silences))
    var worker = whole.worker()
    try worker.runToEnd()
    let directory = try TemporaryDirectory()
    for stop in [295, 350, 400, 470, 490] {
      let complete = log(series: 5, steps: 560, change: silences)
      let parts = log(series: 5, steps: stop, change: silences)
      let rig = try silentRig(parts)
      rig.snapshots = try SnapshotStore(directory: directory.path + "/\(stop)")
      var first = rig.worker()
      try first.runToEnd()
      try first.shutDown()
      for record in complete.partitions[0].dropFirst(parts.partitions[0].count) {
        parts.append(
          partition: 0, key: record.key, value: record.value, recordTime: record.recordTime)
      }
      var second = rig.worker()
      try second.runToEnd()
      expectSame(transcript(rig.records), transcript(whole.records), "stopped at \(stop)")
    }
  }
}
