import Detection
import Glibc
import TestSupport
import Testing
import TimeSeries

@Suite("The state of the detector")
struct AnomalyStateTests {
  private func newTable() -> AnomalyTable {
    AnomalyTable(settings: AnomalySettings(), pace: DetectionPace(interval: 60_000))
  }

  private func step(
    _ table: inout AnomalyTable, row: Int, time: Milliseconds, _ random: inout RandomSource
  ) {
    table.expect(row: row, time: time, median: 0, low: -1, high: 1, width: 1)
    let value = random.chance(0.05) ? 30 : random.chance(0.1) ? .nan : random.gaussian()
    _ = table.judge(Step(row: Int32(row), time: time, value: value), lag: random.gaussian())
  }

  @Test("random commits and aborts leave exactly the committed state")
  func undo() throws {
    var aborts = 0
    for seed in UInt64(1)...50 {
      var random = RandomSource(seed: seed)
      var table = newTable()
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
          try #require(bytes(table) == bytes(committed), "seed \(seed)")
          aborts += 1
        } else {
          continue
        }
        touched.removeAll()
      }
    }
    #expect(aborts > 1_000)
  }

  private func bytes(_ table: AnomalyTable) -> [[UInt8]] { table.tensors().map(\.bytes) }

  @Test("a restored table gives the verdicts that the saved one gives")
  func snapshot() throws {
    var random = RandomSource(seed: 9)
    var table = newTable()
    for _ in 0..<3 { table.appendRow() }
    for index in 0..<1500 { step(&table, row: index % 3, time: Int64(index), &random) }
    var restored = newTable()
    try restored.restore(
      Dictionary(uniqueKeysWithValues: table.tensors().map { ($0.name, $0) }))
    var other = random
    for index in 1500..<3000 {
      step(&table, row: index % 3, time: Int64(index), &random)
      step(&restored, row: index % 3, time: Int64(index), &other)
    }
    #expect(bytes(table) == bytes(restored))
  }

  @Test("a row that is used again is that of a new series")
  func reuse() {
    var random = RandomSource(seed: 4)
    var table = newTable()
    table.appendRow()
    let new = bytes(table)
    for index in 0..<500 { step(&table, row: 0, time: Int64(index), &random) }
    table.reset(row: 0)
    #expect(bytes(table) == new)
  }

  @Test("the state of a series takes at most 512 bytes")
  func size() {
    var table = newTable()
    table.appendRow()
    let size = table.tensors().reduce(0) { $0 + $1.bytes.count }
    #expect(size <= 512, "\(size)")
  }
}

@Suite("What series have in common")
struct TailPoolTests {
  /// Incidents of each series in its first 1,000 steps, with errors that have heavy tails.
  private func openings(series: Int, isPooled: Bool) -> Int {
    var table = AnomalyTable(
      settings: AnomalySettings(), pace: DetectionPace(interval: 300_000))
    var random = RandomSource(seed: 3)
    for _ in 0..<series { table.appendRow() }
    var openings = 0
    for step in 1...1_000 {
      let time = Milliseconds(step) * 300_000
      for row in 0..<series {
        // A logarithmic normal distribution, whose median is 1.
        let value = exp(random.gaussian())
        table.expect(row: row, time: time, median: 1, low: 0.1, high: 8, width: 3)
        let step = Step(row: Int32(row), time: time, value: value)
        if table.judge(step, lag: .nan).isOpening { openings += 1 }
      }
      if isPooled, time >= table.pool.nextRenewal { table.renewPool(at: time, interval: 300_000) }
    }
    return openings
  }

  @Test("young series with heavy tails learn from each other how heavy they are")
  func pooling() {
    let alone = openings(series: 100, isPooled: false)
    let pooled = openings(series: 100, isPooled: true)
    #expect(pooled * 10 < alone * 8, "\(pooled) instead of \(alone)")
    // The budget of a week is 50 in this time.
    #expect((20...120).contains(pooled))
  }

  @Test("a series that is alone is judged by itself, and a pool is renewed every 64 steps")
  func alone() {
    #expect(openings(series: 1, isPooled: true) == openings(series: 1, isPooled: false))
    var table = AnomalyTable(settings: AnomalySettings(), pace: DetectionPace(interval: 1_000))
    #expect(table.pool.nextRenewal == .min)
    table.renewPool(at: 10_000, interval: 1_000)
    #expect(table.pool.nextRenewal == 74_000)
  }

  @Test("a pool is read again from its text, and other text is none")
  func text() throws {
    var table = AnomalyTable(settings: AnomalySettings(), pace: DetectionPace(interval: 1_000))
    var random = RandomSource(seed: 4)
    for _ in 0..<3 { table.appendRow() }
    for step in 1...400 {
      for row in 0..<3 {
        let step = Step(row: Int32(row), time: Milliseconds(step) * 1_000, value: random.gaussian())
        _ = table.judge(step, lag: .nan)
      }
    }
    table.renewPool(at: 400_000, interval: 1_000)
    #expect(table.pool != TailPool())
    #expect(TailPool(text: table.pool.text) == table.pool)
    #expect(TailPool(text: "1 2 3") == nil)
  }
}
