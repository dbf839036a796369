import Detection
import TestSupport
import Testing
import TimeSeries

@Suite("Incidents")
struct AnomalyTableTests {
  private func learned(
    _ settings: AnomalySettings = AnomalySettings()
  ) -> (AnomalyTrial, RandomSource) { AnomalyTrial.learned(settings) }

  @Test("a spike opens one incident with its forecast, side and severity, and is not trained on")
  func spike() {
    var (trial, random) = learned()
    let verdict = trial.take(60, expecting: 10)
    #expect(verdict.event == .open && verdict.isOpening && verdict.isReported)
    #expect(verdict.openedAt == trial.time)
    #expect(verdict.severity == .critical && verdict.side == .above)
    #expect(verdict.score > 0.7 && verdict.score <= 1)
    #expect(verdict.incidentsPerWeek < 0.01)
    #expect(verdict.isExcludedFromTraining)
    #expect(verdict.evidence != nil && verdict.strengths.contains { $0.strength > 0 })
    #expect(verdict.deviation > 10)
    #expect(verdict.expected == 10 && verdict.low < 10 && verdict.high > 10)
    let next = trial.take(10 + random.gaussian(), expecting: 10)
    #expect(next.event == nil && !next.isExcludedFromTraining)
  }

  @Test("an incident has one opening, and closes after a rest without anomalous steps")
  func closing() {
    var (trial, random) = learned()
    let opened = trial.take(60, expecting: 10).openedAt
    _ = trial.take(-40, expecting: 10)
    var events: [(step: Int, verdict: AnomalyVerdict)] = []
    for step in 1...60 {
      let verdict = trial.take(10 + random.gaussian(), expecting: 10)
      if verdict.event != nil { events.append((step, verdict)) }
    }
    #expect(events.count == 1 && (30...45).contains(events.first?.step ?? 0))
    #expect(events.first?.verdict.event == .close)
    #expect(events.first?.verdict.ending == .ended)
    #expect(events.first?.verdict.openedAt == opened)
    #expect(events.first?.verdict.severity == .critical)
    #expect(events.first?.verdict.evidence != nil)
    // The next spike is another incident.
    let next = trial.take(60, expecting: 10)
    #expect(next.event == .open && next.openedAt == trial.time)
  }

  @Test("a severity that rises is one update")
  func update() {
    var (trial, _) = learned()
    var size = 3.0
    var verdict = AnomalyVerdict()
    while verdict.event == nil, size < 20 {
      size += 0.25
      verdict = trial.take(10 + size, expecting: 10)
    }
    #expect(verdict.event == .open && verdict.severity == .warning)
    #expect(trial.take(1e6, expecting: 10).event == .update)
    #expect(trial.take(1e7, expecting: 10).event == nil, "it rises once")
  }

  @Test("one spike does not blind the detector for the next")
  func secondSpike() {
    var (trial, random) = learned()
    #expect(trial.take(1e6, expecting: 10).isOpening)
    for _ in 0..<100 { _ = trial.take(10 + random.gaussian(), expecting: 10) }
    #expect(trial.take(25, expecting: 10).isAnomalous)
  }

  @Test("the way back says how long a short excursion was; staying away and gaps say nothing")
  func excursionSteps() {
    var (spike, _) = learned()
    _ = spike.take(60, expecting: 10)
    _ = spike.take(61, expecting: 10)
    var steps: [Int] = []
    for _ in 0..<20 { steps.append(spike.take(9.8, expecting: 10).excursionSteps) }
    #expect(steps == [2] + Array(repeating: 0, count: 19), "one way back")
    var (long, _) = learned()
    for _ in 0..<8 { _ = long.take(60, expecting: 10) }
    #expect(long.take(10, expecting: 10).excursionSteps == 0)
  }

  @Test(
    "a level that stays is trained on, becomes ordinary, and closes its incident as a level shift")
  func levelShift() {
    var (trial, random) = learned()
    var excluded = 0
    var events: [AnomalyVerdict] = []
    for _ in 0..<600 {
      let verdict = trial.take(40 + random.gaussian(), expecting: 40)
      if verdict.isExcludedFromTraining { excluded += 1 }
      if verdict.event != nil { events.append(verdict) }
    }
    #expect(excluded <= 16)
    #expect(events.first?.event == .open)
    #expect(events.contains { $0.event == .close && $0.ending == .levelShift })
    let after = (0..<200).filter { _ in
      trial.take(40 + random.gaussian(), expecting: 40).isAnomalous
    }
    #expect(after.count <= 2)
  }

  @Test("only the configured direction opens", arguments: AnomalySettings.Direction.allCases)
  func direction(direction: AnomalySettings.Direction) {
    var settings = AnomalySettings()
    settings.direction = direction
    var (up, _) = learned(settings)
    var (down, _) = learned(settings)
    #expect(up.take(40, expecting: 10).isOpening == (direction != .down))
    #expect(down.take(-20, expecting: 10).isOpening == (direction != .up))
  }

  @Test("a deviation below the absolute or the relative minimum does not open")
  func minimumDeviation() {
    for isRelative in [false, true] {
      var settings = AnomalySettings()
      settings.minimumDeviation = isRelative ? 0 : 25
      settings.minimumRelativeDeviation = isRelative ? 2.5 : 0
      var (small, _) = learned(settings)
      var (large, _) = learned(settings)
      #expect(!small.take(34, expecting: 10).isAnomalous)
      #expect(large.take(36, expecting: 10).isOpening)
    }
  }

  @Test("an incident opens when it has lasted for the minimum number of steps")
  func minimumSteps() {
    var settings = AnomalySettings()
    settings.minimumSteps = 3
    var (trial, random) = learned(settings)
    #expect(trial.take(60, expecting: 10).event == nil)
    for _ in 0..<100 {
      #expect(trial.take(10 + random.gaussian(), expecting: 10).event == nil)
    }
    #expect(
      (0..<4).map { _ in trial.take(60, expecting: 10).isOpening } == [false, false, true, false])
  }

  @Test("a value outside of what can be is an anomaly, whatever is known of the series")
  func validRange() {
    var settings = AnomalySettings()
    settings.validRange = 0...100
    var trial = AnomalyTrial(settings)
    _ = trial.take(99, expecting: 99)
    let verdict = trial.take(100.5, expecting: 99)
    #expect(verdict.isOpening && verdict.evidence == .range && verdict.severity == .critical)
    #expect(trial.take(100, expecting: 99).event == nil)
  }

  @Test("nothing opens before a series is known")
  func learning() {
    var trial = AnomalyTrial()
    var random = RandomSource(seed: 1)
    for step in 1..<32 {
      #expect(trial.take(step == 20 ? 1e3 : random.gaussian(), expecting: 0).event == nil)
    }
  }

  @Test("a wiggle of rounding size on a constant series is ordinary, a real step is not")
  func constant() {
    var trial = AnomalyTrial()
    for _ in 0..<500 { _ = trial.take(5_000, expecting: 5_000, width: 0) }
    #expect(!trial.take(5_000.000001, expecting: 5_000, width: 0).isAnomalous)
    #expect(trial.take(5_001, expecting: 5_000, width: 0).isOpening)
  }

  @Test("a series that varies by less than a millionth is judged by its own errors")
  func tinyVariation() {
    var random = RandomSource(seed: 21)
    var trial = AnomalyTrial()
    var alarms = 0
    for _ in 0..<5_000 {
      alarms += trial.take(1e12 + random.gaussian(), expecting: 1e12).isOpening ? 1 : 0
    }
    #expect(alarms <= 3)
    #expect(trial.take(1e12 + 60, expecting: 1e12).isAnomalous)
  }

  @Test("silence opens an incident at the configured number of steps, and points close it")
  func silent() {
    var settings = AnomalySettings()
    settings.silentAfter = 3
    var (trial, _) = learned(settings)
    for round in 0..<2 {
      let verdicts = (0..<6).map { _ in trial.take(.nan, expecting: 10) }
      #expect(verdicts.map(\.event) == [nil, nil, .open, nil, nil, nil], "round \(round)")
      #expect(verdicts[2].evidence == .silent)
      #expect(trial.table.isSilent(row: 0))
      let back = trial.take(10, expecting: 10)
      #expect(back.event == .close && back.ending == .returned && back.evidence == .silent)
      #expect(!trial.table.isSilent(row: 0))
    }
    let resets = (0..<6).map { _ in trial.take(.nan, expecting: 10, flags: .valueless) }
    #expect(resets.allSatisfy { $0.event == nil })
  }

  @Test("silence within an incident is an update of it")
  func silentWithin() {
    var settings = AnomalySettings()
    settings.silentAfter = 3
    var (trial, _) = learned(settings)
    let opened = trial.take(60, expecting: 10).openedAt
    let verdicts = (0..<3).map { _ in trial.take(.nan, expecting: 10) }
    #expect(verdicts.map(\.event) == [nil, nil, .update])
    #expect(verdicts[2].openedAt == opened)
    #expect(trial.take(10, expecting: 10).ending == .returned)
  }

  @Test("the first values after a restart open nothing, and end the incident of before")
  func restart() {
    var (trial, random) = learned()
    _ = trial.take(60, expecting: 10)
    let back = trial.take(500, expecting: 10, flags: .restart)
    #expect(back.event == .close && back.ending == .returned)
    for step in 0..<20 {
      #expect(trial.take(step % 5 == 0 ? 40 : 10.5, expecting: 10).event == nil)
    }
    for _ in 0..<200 { _ = trial.take(10 + random.gaussian(), expecting: 10) }
    #expect(trial.take(1e4, expecting: 10).isAnomalous)
  }

  @Test("after a gap a series may have moved as far as it does in so many steps")
  func gap() {
    var openings = 0
    for seed in 0..<40 {
      var random = RandomSource(seed: UInt64(seed))
      var trial = AnomalyTrial()
      var level = 100.0
      for _ in 0..<20 {
        for _ in 0..<60 {
          let expected = level
          level += random.gaussian()
          _ = trial.take(level, expecting: expected)
        }
        let expected = level
        for _ in 0..<9 {
          _ = trial.take(.nan, expecting: expected)
          level += random.gaussian()
        }
        level += random.gaussian()
        if trial.take(level, expecting: expected).isOpening { openings += 1 }
      }
    }
    #expect(openings <= 8, "\(openings) of 800 first values after a gap")
  }

  @Test("extreme values give a bounded score, and the detector goes on")
  func extremes() {
    var (trial, random) = learned()
    for value in [1.7e308, -1.7e308, .leastNonzeroMagnitude] {
      let verdict = trial.take(value, expecting: 10)
      #expect((0...1).contains(verdict.score), "\(value)")
      #expect(verdict.low.isFinite && verdict.high.isFinite)
    }
    let huge = trial.take(1e308, expecting: -1e308, width: 1e300)
    #expect(huge.low.isFinite && (0...1).contains(huge.score))
    for _ in 0..<3_000 { _ = trial.take(10 + random.gaussian(), expecting: 10) }
    let score = trial.take(10.5, expecting: 10).score
    #expect(score.isFinite && !trial.take(10.5, expecting: 10).isAnomalous)
  }

  @Test("a series that begins with the largest values is known all the same")
  func extremeBeginning() {
    var trial = AnomalyTrial()
    var random = RandomSource(seed: 2)
    for value in [1.7e308, -1.7e308, 1e300] { _ = trial.take(value, expecting: 0) }
    for _ in 0..<20_000 { _ = trial.take(10 + random.gaussian(), expecting: 10) }
    let verdict = trial.take(10.5, expecting: 10)
    #expect(verdict.score.isFinite && !verdict.isAnomalous)
    let numbers = trial.table.tensors().filter { $0.type == .float32 }.flatMap { tensor in
      tensor.bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }
    #expect(numbers.allSatisfy { $0.isFinite })
  }

  @Test("a detector that is off gives no verdicts")
  func disabled() {
    var settings = AnomalySettings()
    settings.enabled = false
    var (trial, _) = learned(settings)
    let verdict = trial.take(1e6, expecting: 10)
    #expect(!verdict.isAnomalous && verdict.event == nil && verdict.score == 0)
  }

  @Test("budgets are read as people say them")
  func budgets() {
    #expect(AlarmBudget("1 per series per week")?.perWeek == 1)
    #expect(AlarmBudget("2 per day")?.perWeek == 14)
    #expect(AlarmBudget("0.5 Per Series Per Hour")?.perWeek == 84)
    for text in ["", "1", "per week", "1 per fortnight", "x per week", "1 per host per week"] {
      #expect(AlarmBudget(text) == nil, "\(text)")
    }
  }

  @Test("impossible settings of the detector are refused")
  func settings() {
    let changes: [(inout AnomalySettings) -> Void] = [
      { $0.budget = AlarmBudget(perWeek: 0) }, { $0.budget = AlarmBudget(perWeek: .nan) },
      { $0.minimumDeviation = -1 }, { $0.minimumRelativeDeviation = .nan },
      { $0.silentAfter = -1 }, { $0.minimumSteps = 0 }, { $0.learningSteps = 3 },
    ]
    for change in changes {
      var settings = AnomalySettings()
      change(&settings)
      #expect(throws: TimeSeriesError.self) { try settings.validate() }
    }
    #expect(throws: Never.self) { try AnomalySettings().validate() }
  }
}

@Suite("Evidence about points and resets")
struct PointEvidenceTests {
  private func trial() -> (AnomalyTrial, RandomSource) { AnomalyTrial.learned(AnomalySettings()) }

  /// The events and evidence of steps with these numbers of points.
  private func events(
    usual: UInt16, unusual: UInt16, noise: Int = 0
  ) -> [(step: Int, verdict: AnomalyVerdict)] {
    var trial = AnomalyTrial(AnomalySettings())
    var random = RandomSource(seed: 5)
    var events: [(step: Int, verdict: AnomalyVerdict)] = []
    for step in 0..<400 {
      let isUnusual = (300..<305).contains(step)
      let jitter = noise > 0 ? Int(random.uniform() * Double(2 * noise + 1)) - noise : 0
      let verdict = trial.take(
        10 + random.gaussian(), expecting: 10,
        readings: isUnusual ? unusual : UInt16(Int(usual) + jitter))
      if verdict.event == .open { events.append((step, verdict)) }
    }
    return events
  }

  @Test(
    "a burst of points, or most of them missing, is an incident",
    arguments: [(6, 60), (60, 5), (1, 30)])
  func points(usual: Int, unusual: Int) {
    let events = events(usual: UInt16(usual), unusual: UInt16(unusual))
    #expect(events.count { $0.verdict.evidence == .points } == 1)
    #expect(events.first { $0.verdict.evidence == .points }.map { 300...301 ~= $0.step } == true)
  }

  @Test("a point more or less is none, nor is what varies")
  func ordinary() {
    for (usual, unusual, noise) in [(1, 2, 0), (6, 7, 1), (100, 120, 20), (10, 1, 8)] {
      let events = events(usual: UInt16(usual), unusual: UInt16(unusual), noise: noise)
      #expect(!events.contains { $0.verdict.evidence == .points }, "\(usual), \(unusual)")
    }
  }

  /// Resets every so many steps, `count` times, after a past with one.
  private func resets(every steps: Int, count: Int) -> [AnomalyVerdict] {
    var (trial, random) = trial()
    func ordinary(_ count: Int) -> [AnomalyVerdict] {
      (0..<count).map { _ in trial.take(10 + random.gaussian(), expecting: 10) }
    }
    var verdicts = ordinary(200)
    for _ in 0..<count {
      verdicts.append(trial.take(.nan, expecting: 10, flags: [.valueless, .reset]))
      verdicts += ordinary(steps - 1)
    }
    return (verdicts + ordinary(60)).filter { $0.event != nil }
  }

  @Test("a counter that is reset again and again is one incident, which closes")
  func resets() {
    let events = resets(every: 5, count: 8)
    #expect(events.map(\.event) == [.open, .close])
    #expect(events.allSatisfy { $0.evidence == .resets })
    #expect(events.first?.strengths.first?.evidence == .resets)
  }

  @Test("two resets, and those of long, are no incident")
  func ordinaryResets() {
    #expect(resets(every: 5, count: 2).isEmpty)
    #expect(resets(every: 150, count: 10).isEmpty)
  }
}
