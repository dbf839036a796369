import Detection
import TestSupport
import Testing
import TimeSeries

@Suite("Anomaly rules")
struct AnomalyTableTests {
  @Test("a spike is one point record with its forecast, side and severity, and is not trained on")
  func spike() {
    var (trial, random) = learned()
    let verdict = trial.take(60, expecting: 10)
    #expect(verdict.kind == .point)
    #expect(verdict.severity == .critical)
    #expect(verdict.side == .above)
    #expect(verdict.score > 6 && verdict.score <= AnomalyTable.scoreMaximum)
    #expect(verdict.isReported && verdict.isExcludedFromTraining)
    #expect((verdict.low, verdict.expected, verdict.high) == (9, 10, 11))
    let next = trial.take(10 + random.gaussian(), expecting: 10)
    #expect(!next.isAnomalous && !next.isExcludedFromTraining)
  }

  @Test("one spike does not blind the detector for the next")
  func secondSpike() {
    var (trial, random) = learned()
    #expect(trial.take(1e6, expecting: 10).isReported)
    for _ in 0..<10 { _ = trial.take(10 + random.gaussian(), expecting: 10) }
    #expect(trial.take(22, expecting: 10).isReported)
  }

  @Test(
    "coming back from an excursion is ordinary though the forecast repeats it", arguments: [1, 3])
  func comingBack(length: Int) {
    var (trial, random) = learned()
    var expected = 10.0
    for _ in 0..<length {
      #expect(trial.take(60, expecting: expected).isAnomalous == (expected == 10))
      expected = 60
    }
    let back = trial.take(10 + random.gaussian(), expecting: 60)
    #expect(!back.isAnomalous && !back.isExcludedFromTraining && back.expected == 60)
    #expect(back.excursionSteps == (length == 1 ? 1 : 0), "longer ones were followed")
    // It is over some steps later: what deviates then is compared with its own forecast only.
    for _ in 0..<10 { _ = trial.take(30 + random.gaussian(), expecting: 30) }
    #expect(trial.take(10, expecting: 30).isReported)
  }

  @Test("the way back says how long a short excursion was; staying away and gaps say nothing")
  func excursionSteps() {
    var (spike, _) = learned()
    _ = spike.take(60, expecting: 10)
    _ = spike.take(61, expecting: 10)
    #expect(spike.take(9.8, expecting: 10).excursionSteps == 2)
    #expect(spike.take(9.8, expecting: 10).excursionSteps == 0)
    var (shift, _) = learned()
    _ = shift.take(60, expecting: 10)
    let stays = shift.take(60, expecting: 60)
    #expect(!stays.isAnomalous && stays.excursionSteps == 0)
    var (long, _) = learned()
    for _ in 0..<4 { _ = long.take(60, expecting: 10) }
    #expect(long.take(10, expecting: 10).excursionSteps == 0)
    var (gap, _) = learned()
    _ = gap.take(60, expecting: 10)
    _ = gap.take(.nan, expecting: 10)
    #expect(gap.take(10, expecting: 10).excursionSteps == 0)
  }

  @Test("after a gap a series may have moved as far as it does in so many steps")
  func gap() {
    var critical = 0
    var learned = 0
    for seed in 0..<40 {
      var random = RandomSource(seed: UInt64(seed))
      var trial = AnomalyTrial(AnomalySettings())
      var level = 100.0
      for _ in 0..<20 {
        for _ in 0..<60 {
          let expected = level
          level += random.gaussian()
          learned += trial.take(level, expecting: expected).isScored ? 1 : 0
        }
        let expected = level
        for _ in 0..<25 {
          _ = trial.take(.nan, expecting: expected)
          level += random.gaussian()
        }
        level += random.gaussian()
        if trial.take(level, expecting: expected).isReported { critical += 1 }
      }
    }
    #expect(learned > 40_000)
    #expect(critical <= 4, "\(critical) of 800 first values after a gap")
  }

  @Test("the first values after a restart are not flagged, later ones are")
  func restart() {
    var (trial, _) = learned()
    _ = trial.take(500, expecting: 10, flags: .restart)
    for step in 0..<15 {
      #expect(!trial.take(step % 5 == 0 ? 40 : 10.5, expecting: 10).isAnomalous)
    }
    for _ in 0..<40 { _ = trial.take(10.5, expecting: 10) }
    #expect(trial.take(60, expecting: 10).isAnomalous)
  }

  @Test("a series that varies by less than a millionth is judged by its own errors")
  func tinyVariation() {
    var random = RandomSource(seed: 21)
    var trial = AnomalyTrial(AnomalySettings())
    var alarms = 0
    for _ in 0..<5_000 {
      alarms += trial.take(1e12 + random.gaussian(), expecting: 1e12).isReported ? 1 : 0
    }
    #expect(alarms <= 3)
    #expect(trial.take(1e12 + 60, expecting: 1e12).isReported)
    var constant = AnomalyTrial(AnomalySettings())
    for _ in 0..<500 { _ = constant.take(1e12, expecting: 1e12, spread: 0) }
    #expect(!constant.take(1e12 + 60, expecting: 1e12, spread: 0).isAnomalous, "rounding")
  }

  @Test("distances that a single precision number cannot hold stay finite")
  func hugeDistances() {
    var (trial, _) = learned()
    let verdict = trial.take(1e308, expecting: -1e308, spread: 1e300)
    #expect(verdict.low.isFinite && verdict.high.isFinite)
    for _ in 0..<100 { _ = trial.take(10, expecting: 10) }
    #expect(!trial.take(10.5, expecting: 10).isAnomalous)
    #expect(trial.take(60, expecting: 10).isAnomalous)
  }

  @Test("an excursion to the other side is not a way back")
  func otherSide() {
    var (trial, _) = learned()
    #expect(trial.take(60, expecting: 10).isReported)
    #expect(trial.take(-40, expecting: 60).isAnomalous)
  }

  @Test("a modest shift is reported as sustained")
  func sustained() {
    var (trial, _) = learned()
    let verdicts = (0..<4).map { _ in trial.take(13, expecting: 10) }
    #expect(verdicts.first?.isAnomalous == false)
    #expect(verdicts.contains { $0.kind == .sustained && $0.isReported && $0.side == .above })
  }

  @Test("a long excursion is one record, one on turning critical, and reminders")
  func excursion() {
    var settings = AnomalySettings()
    settings.refractory = 8
    settings.criticalThreshold = 12
    var (trial, _) = learned(settings)
    // Alternating sides, so that no level is learnt by the steps' combination.
    let first = trial.take(19, expecting: 10)
    #expect(first.isReported && first.severity == .warning)
    var reports: [(step: Int, severity: AnomalyVerdict.Severity)] = []
    for step in 1...45 {
      let verdict = trial.take(step % 2 == 0 ? 1e6 : -1e6, expecting: 10)
      if verdict.isReported { reports.append((step, verdict.severity)) }
    }
    #expect(reports.prefix(3).map(\.step) == [1, 9, 17])
    #expect(reports.first?.severity == .critical)
    #expect(reports.count <= 4, "it becomes ordinary")
  }

  @Test("a level that lasts more than 16 steps is trained on and becomes ordinary")
  func acceptedLevel() {
    var (trial, random) = learned()
    var excluded = 0
    var anomalous: [Bool] = []
    for _ in 0..<200 {
      let verdict = trial.take(40 + random.gaussian(), expecting: 10)
      if verdict.isExcludedFromTraining { excluded += 1 }
      anomalous.append(verdict.isAnomalous)
    }
    #expect((10...16).contains(excluded))
    #expect(anomalous[..<16].allSatisfy { $0 })
    #expect(!anomalous[100...].contains(true))
  }

  @Test("only the configured direction is flagged", arguments: AnomalySettings.Direction.allCases)
  func direction(direction: AnomalySettings.Direction) {
    var settings = AnomalySettings()
    settings.direction = direction
    var (up, _) = learned(settings)
    var (down, _) = learned(settings)
    #expect(up.take(40, expecting: 10).isAnomalous == (direction != .down))
    #expect(down.take(-20, expecting: 10).isAnomalous == (direction != .up))
  }

  @Test("a deviation below the absolute or the relative minimum is not flagged")
  func minimumDeviation() {
    for isRelative in [false, true] {
      var settings = AnomalySettings()
      settings.minimumDeviation = isRelative ? 0 : 25
      settings.minimumRelativeDeviation = isRelative ? 2.5 : 0
      var (small, _) = learned(settings)
      var (large, _) = learned(settings)
      let verdict = small.take(34, expecting: 10)
      #expect(!verdict.isAnomalous && verdict.score > 4)
      #expect(large.take(36, expecting: 10).isAnomalous)
    }
  }

  @Test("nothing is flagged while a series' errors are being learnt")
  func learning() {
    var trial = AnomalyTrial()
    var random = RandomSource(seed: 1)
    for step in 0..<64 {
      let verdict = trial.take(step == 40 ? 1e3 : random.gaussian(), expecting: 0)
      #expect(!verdict.isAnomalous)
      #expect(verdict.isScored == (step >= 16))
    }
  }

  @Test("a wiggle of rounding size on a constant series is ordinary, a real step is not")
  func constant() {
    var trial = AnomalyTrial()
    for _ in 0..<500 { _ = trial.take(5000, expecting: 5000, spread: 0) }
    #expect(trial.take(5000.000001, expecting: 5000, spread: 0).score < 2)
    let verdict = trial.take(5001, expecting: 5000, spread: 0)
    #expect(verdict.isAnomalous && verdict.score <= AnomalyTable.scoreMaximum)
  }

  @Test("a series that is mostly zero stops being flagged for its ordinary ones")
  func intermittent() {
    var trial = AnomalyTrial()
    var random = RandomSource(seed: 4)
    var (early, late) = (0, 0)
    for step in 0..<20_000 {
      let verdict = trial.take(random.chance(0.01) ? 1 : 0, expecting: 0, spread: 0.1)
      guard verdict.isReported else { continue }
      if step < 5000 { early += 1 } else { late += 1 }
    }
    #expect(early > 0, "an unusual one is flagged until it is known")
    #expect(late <= 5)
  }

  @Test("a missing step is not scored, and the configured number of them is one silent record")
  func silent() {
    var settings = AnomalySettings()
    settings.silentAfter = 3
    var (trial, _) = learned(settings)
    for round in 0..<2 {
      let verdicts = (0..<6).map { _ in trial.take(.nan, expecting: 10) }
      #expect(
        verdicts.map(\.kind) == [.none, .none, .silent, .none, .none, .none], "round \(round)")
      #expect(verdicts.map(\.isReported) == [false, false, true, false, false, false])
      #expect(verdicts.allSatisfy { !$0.isScored })
      #expect(trial.table.isSilent(row: 0))
      _ = trial.take(10, expecting: 10)
      #expect(!trial.table.isSilent(row: 0))
    }
    let resets = (0..<6).map { _ in trial.take(.nan, expecting: 10, flags: .valueless) }
    #expect(resets.allSatisfy { $0.kind == .none })
  }

  @Test("a step without a forecast for its time, or after a restart, is not scored")
  func unscored() {
    var (trial, _) = learned()
    let other = Step(row: 0, time: 1, value: 1e6)
    #expect(trial.table.score(other).isScored == false)
    #expect(trial.take(1e6, expecting: 10, flags: .restart).isScored == false)
    #expect(trial.take(1e6, expecting: .nan).isScored == false)
    for _ in 0..<20 { _ = trial.take(10.5, expecting: 10) }
    #expect(trial.take(1e6, expecting: 10).isAnomalous)
  }

  @Test("a detector that is off gives no verdicts")
  func disabled() {
    var settings = AnomalySettings()
    settings.enabled = false
    var (trial, _) = learned(settings)
    let verdict = trial.take(1e6, expecting: 10)
    #expect(!verdict.isAnomalous && !verdict.isScored && verdict.score == 0)
  }

  @Test("extreme values give a bounded score")
  func extremes() {
    var (trial, _) = learned()
    for value in [1.7e308, -1.7e308] {
      let verdict = trial.take(value, expecting: 10)
      #expect(verdict.isAnomalous && verdict.score > 6, "\(verdict)")
      #expect(verdict.score <= AnomalyTable.scoreMaximum)
    }
    let (small, _) = learned()
    trial = small
    let verdict = trial.take(.leastNonzeroMagnitude, expecting: 10)
    #expect(verdict.isAnomalous && verdict.score <= AnomalyTable.scoreMaximum, "\(verdict)")
  }

  @Test("random commits and aborts leave exactly the committed state")
  func undo() throws {
    var aborts = 0
    for seed in UInt64(1)...50 {
      var random = RandomSource(seed: seed)
      var table = AnomalyTable(settings: AnomalySettings())
      var touched = TouchedRows()
      var committed = table
      for index in 0..<1000 {
        if table.count == 0 || random.chance(0.01) { table.appendRow() }
        let row = Int.random(in: 0..<table.count, using: &random)
        if touched.touch(row) { table.remember(row: row) }
        step(&table, row: row, time: Int64(index), &random)
        let isCommit = random.chance(0.1)
        if isCommit {
          table.commit()
          committed = table
        } else if random.chance(0.1) {
          table.rollBack(rows: touched.rows, keeping: committed.count)
          try #require(table.tensors() == committed.tensors(), "seed \(seed)")
          aborts += 1
        } else {
          continue
        }
        touched.removeAll()
      }
    }
    #expect(aborts > 1_000)
  }

  @Test("a restored table gives the verdicts that the saved one gives")
  func snapshot() throws {
    var random = RandomSource(seed: 9)
    var table = AnomalyTable(settings: AnomalySettings())
    for _ in 0..<3 { table.appendRow() }
    for index in 0..<1500 { step(&table, row: index % 3, time: Int64(index), &random) }
    var restored = AnomalyTable(settings: AnomalySettings())
    try restored.restore(
      Dictionary(uniqueKeysWithValues: table.tensors().map { ($0.name, $0) }))
    var other = random
    for index in 1500..<3000 {
      step(&table, row: index % 3, time: Int64(index), &random)
      step(&restored, row: index % 3, time: Int64(index), &other)
    }
    #expect(table.tensors() == restored.tensors())
  }

  @Test("the state of a series takes at most 450 bytes")
  func size() {
    var table = AnomalyTable(settings: AnomalySettings())
    table.appendRow()
    #expect(table.tensors().reduce(0) { $0 + $1.bytes.count } <= 450)
  }

  @Test("impossible settings of the detector are refused")
  func settings() {
    let changes: [(inout AnomalySettings) -> Void] = [
      { $0.threshold = 0 }, { $0.criticalThreshold = 3 }, { $0.smoothingSteps = 0 },
      { $0.smoothingSteps = 9 }, { $0.minimumDeviation = -1 },
      { $0.minimumRelativeDeviation = .nan }, { $0.silentAfter = -1 }, { $0.refractory = -1 },
      { $0.learningSteps = 3 }, { $0.threshold = .nan },
    ]
    for change in changes {
      var settings = AnomalySettings()
      change(&settings)
      #expect(throws: TimeSeriesError.self) { try settings.validate() }
    }
    #expect(throws: Never.self) { try AnomalySettings().validate() }
  }

  private func step(
    _ table: inout AnomalyTable, row: Int, time: Milliseconds, _ random: inout RandomSource
  ) {
    table.expect(row: row, time: time, median: 0, low: -1, high: 1, spread: 1)
    let value = random.chance(0.05) ? 30 : random.chance(0.1) ? .nan : random.gaussian()
    _ = table.score(Step(row: Int32(row), time: time, value: value))
  }

  /// A series around 10 whose errors of one standard deviation are known.
  private func learned(
    _ settings: AnomalySettings = AnomalySettings()
  ) -> (AnomalyTrial, RandomSource) {
    var trial = AnomalyTrial(settings)
    var random = RandomSource(seed: 7)
    for _ in 0..<2000 { _ = trial.take(10 + random.gaussian(), expecting: 10) }
    return (trial, random)
  }
}
