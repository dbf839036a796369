import TestSupport
import Testing
import TimeSeries

@Suite("What a series has never been near")
struct DoubtTests {
  @Test("one reading far from all others is bounded to the range of the series")
  func corrupt() {
    var series = DoubtedSeries()
    var random = RandomSource(seed: 1)
    for _ in 0..<200 { _ = series.take(50 + 5 * random.gaussian()) }
    for reading: Double in [0x1p64, -0x1p64, 1e300, -Double.greatestFiniteMagnitude, 9_999] {
      let learned = series.take(reading)
      #expect((20...80).contains(learned), "\(reading) became \(learned)")
      for _ in 0..<4 {
        let value = 50 + 5 * random.gaussian()
        #expect(series.take(value) == value)
      }
    }
  }

  @Test("readings out of all proportion are not believed however often they come back")
  func corruptAgain() {
    var series = DoubtedSeries()
    for step in 0..<5_000 {
      let isCorrupt = step > 100 && step % 50 < 2
      let learned = series.take(isCorrupt ? 0x1p64 : Double(step % 7))
      #expect((0...7).contains(learned))
    }
  }

  @Test(
    "a level that lasts is taken up at its second value, or its third if it is out of proportion",
    arguments: [(1e3, 1), (-1e4, 1), (1e12, 2)])
  func level(_ level: Double, doubted: Int) {
    var series = DoubtedSeries()
    var random = RandomSource(seed: 2)
    for _ in 0..<500 { _ = series.take(random.gaussian()) }
    var differing = 0
    for _ in 0..<100 {
      let value = level * (1 + 0.01 * random.gaussian())
      if series.take(value) != value { differing += 1 }
    }
    #expect(differing == doubted)
    let back = random.gaussian()
    #expect(series.take(back) == back, "the old level has been there as well")
  }

  @Test("a series that begins to move is followed, whatever the size of its moves")
  func beginsToMove() {
    for size in [1e-5, 0.1, 40, 1e5] {
      var series = DoubtedSeries()
      var random = RandomSource(seed: 3)
      for _ in 0..<100 { _ = series.take(45) }
      var differing = 0
      for _ in 0..<200 {
        let value = 45 + size * random.gaussian()
        if series.take(value) != value { differing += 1 }
      }
      #expect(differing <= 4, "\(differing) of 200 moves of \(size)")
    }
  }

  @Test("rare values of a series that is nearly always zero become known")
  func rareValues() {
    var series = DoubtedSeries()
    var learned: [Double] = []
    for step in 0..<2_000 {
      let value = step % 100 == 99 ? Double(1 + step / 100 % 3) : 0
      let taken = series.take(value)
      if value > 0 { learned.append(taken - value) }
    }
    #expect(learned.filter { $0 != 0 }.count == 1)
  }

  @Test("a gap changes nothing, and the first value decides nothing that the second cannot undo")
  func beginning() {
    var series = DoubtedSeries()
    #expect(series.take(0x1p64) == 0x1p64)
    #expect(series.take(.nan).isNaN)
    #expect(series.restarts == 0)
    #expect(series.take(50) == 50)
    #expect(series.restarts == 1)
    #expect(series.take(51) == 51)
    #expect(series.take(0x1p64) == 51)
    #expect(series.restarts == 1)
  }

  @Test("an abort and a snapshot restore what was known; an older snapshot has nothing to restore")
  func states() throws {
    var table = DoubtTable()
    table.appendRow()
    var restarted: [Int] = []
    func take(_ value: Double, in table: inout DoubtTable) -> Double {
      var values = [value]
      table.bound(rows: [0], values: &values, restarted: &restarted)
      return values[0]
    }
    for step in 0..<100 { _ = take(Double(step % 5), in: &table) }
    table.commit()
    let committed = table.tensors()
    table.remember(row: 0)
    _ = take(1e9, in: &table)
    #expect(table.tensors() != committed)
    table.rollBack(rows: [0], keeping: 1)
    #expect(table.tensors() == committed)
    var restored = DoubtTable()
    try restored.restore(Dictionary(uniqueKeysWithValues: committed.map { ($0.name, $0) }))
    #expect(take(1e9, in: &restored) == 4)
    var old = DoubtTable()
    let column = ColumnTensor(name: "anomaly.reported", column: Column<UInt8>(width: 1, initial: 0))
    var rows = column
    rows.shape = [3, 1]
    try old.restore(["anomaly.reported": rows])
    #expect(old.count == 3)
    #expect(take(1e9, in: &old) == 1e9)
  }
}

/// One series, and what is learned of its values.
private struct DoubtedSeries {
  private var table = DoubtTable()
  private var restarted: [Int] = []
  private(set) var restarts = 0

  init() { table.appendRow() }

  mutating func take(_ value: Double) -> Double {
    var values = [value]
    table.bound(rows: [0], values: &values, restarted: &restarted)
    restarts += restarted.count
    return values[0]
  }
}
