import Calibration
import Testing
import TimeSeries

@Suite("State of the calibration")
struct CalibrationStateTests {
  /// Two series stepped in one table, with forecasts from a walk.
  private struct Pair {
    var table = CalibrationTable(
      settings: CalibrationSettings(), interval: 1_000, seasons: [6], horizon: 4,
      levels: [0.1, 0.5, 0.9], isNonNegative: false)
    var outputs: [Double] = []
    var forecasters: [Forecaster] = []

    mutating func step(row: Int, _ step: Int) {
      let value = Double((step * 7 + row * 3) % 6) + Double(step % 5) * 0.1
      let scale = SeriesScale(mean: 2.5, deviation: 1.5, unit: 0.5)
      let previous = Double((step * 5) % 7)
      table.observe(
        rows: [row], times: [Int64(step) * 1_000], values: [value],
        lags: [
          BaselineLags(
            last: previous, short: value, shortBefore: previous, long: .nan, longBefore: .nan,
            scale: scale)
        ])
      var values = (0..<4).flatMap { ahead -> [Double] in
        let centre = Double((step * 3 + ahead) % 6)
        return [centre - 1, centre, centre + 1]
      }
      let (forecaster, _) = table.forecast(
        row: row, values: &values, horizon: 4, isTrained: step > 30, time: Int64(step) * 1_000,
        newest: value, scale: scale, seasons: [Double](repeating: value, count: 5))
      outputs += values
      forecasters.append(forecaster)
    }
  }

  @Test("an abort puts every row back, and the same steps then give the same bits")
  func rollBack() {
    var pair = Pair()
    for _ in 0..<2 { pair.table.appendRow() }
    for step in 0..<70 { for row in 0..<2 { pair.step(row: row, step) } }
    pair.table.commit()
    let committed = pair.table.tensors()
    pair.table.remember(row: 1)
    pair.table.remember(row: 0)
    pair.outputs = []
    for step in 70..<90 { for row in 0..<2 { pair.step(row: row, step) } }
    pair.table.appendRow()
    let first = pair.outputs
    pair.table.rollBack(rows: [1, 0], keeping: 2)
    #expect(pair.table.tensors() == committed)
    pair.outputs = []
    for step in 70..<90 { for row in 0..<2 { pair.step(row: row, step) } }
    #expect(pair.outputs.map(\.bitPattern) == first.map(\.bitPattern))
  }

  @Test("a snapshot goes on with the same bits, another horizon's or number of levels is refused")
  func snapshot() throws {
    var pair = Pair()
    for _ in 0..<2 { pair.table.appendRow() }
    for step in 0..<75 { for row in 0..<2 { pair.step(row: row, step) } }
    pair.table.commit()
    let named = Dictionary(uniqueKeysWithValues: pair.table.tensors().map { ($0.name, $0) })
    var again = Pair()
    try again.table.restore(named)
    pair.outputs = []
    for step in 75..<120 {
      for row in 0..<2 {
        pair.step(row: row, step)
        again.step(row: row, step)
      }
    }
    #expect(again.outputs.map(\.bitPattern) == pair.outputs.map(\.bitPattern))
    #expect(again.forecasters == pair.forecasters.suffix(again.forecasters.count))
    for (horizon, levels) in [(5, [0.1, 0.5, 0.9]), (4, [0.1, 0.9])] {
      var other = CalibrationTable(
        settings: CalibrationSettings(), interval: 1_000, seasons: [6], horizon: horizon,
        levels: levels, isNonNegative: false)
      #expect(throws: ColumnTensorError.self) { try other.restore(named) }
    }
  }

  @Test("with other seasons what was learned is kept, and forecasts go on")
  func rebuilding() {
    var pair = Pair()
    pair.table.appendRow()
    for step in 0..<80 { pair.step(row: 0, step) }
    let choice = pair.table.tensors().first { $0.name == "calibration.choice" }
    var other = pair.table.emptied(seasons: [3, 9])
    other.takeOver(rows: 0..<1, from: pair.table)
    pair.table = other
    #expect(pair.table.seasons == [3, 9])
    #expect(pair.table.count == 1 && !pair.table.isYoung(row: 0))
    #expect(choice != nil)
    #expect(pair.table.tensors().first { $0.name == "calibration.choice" } == choice)
    let before = pair.outputs.count
    for step in 80..<140 { pair.step(row: 0, step) }
    #expect(pair.outputs[before...].allSatisfy { $0.isFinite })
    #expect(pair.outputs.count == before + 60 * 12)
  }

  @Test("a series takes at most 1.4 KiB with a horizon of 24 and the standard levels")
  func memory() {
    for seasons in [[], [24], [24, 168], [288, 2_016], [1_440]] {
      let table = CalibrationTable(
        settings: CalibrationSettings(), interval: 1_000, seasons: seasons, horizon: 24,
        levels: ForecastLevels.standard, isNonNegative: false)
      #expect(table.bytesPerSeries <= 1_434, "\(seasons)")
    }
  }

  @Test("a restart forgets the recent past, but not what was learned about forecasts")
  func restart() {
    var pair = Pair()
    pair.table.appendRow()
    for step in 0..<40 { pair.step(row: 0, step) }
    #expect(!pair.table.isYoung(row: 0))
    pair.table.restart(row: 0)
    #expect(!pair.table.isYoung(row: 0))
    // The next forecast is tracked, at whatever phase of the one before.
    pair.step(row: 0, 1_000)
    let tracked = pair.table.tensors().first { $0.name == "calibration.origin" }
    #expect(tracked?.bytes == withUnsafeBytes(of: Int64(1_000_000)) { Array($0) })
  }

  @Test(
    "a snapshot with the mean of network and baseline as a candidate goes on with the same bits")
  func firstFormat() throws {
    var pair = Pair()
    for _ in 0..<2 { pair.table.appendRow() }
    for step in 0..<75 { for row in 0..<2 { pair.step(row: row, step) } }
    pair.table.commit()
    var named = Dictionary(uniqueKeysWithValues: pair.table.tensors().map { ($0.name, $0) })
    named["calibration.flight"] = named.removeValue(forKey: "calibration.tracked")
    named["calibration.numbers"] = try withMean(named.removeValue(forKey: "calibration.learned"))
    let choice = try #require(named["calibration.choice"]).bytes
    named["calibration.choice"]?.bytes = choice.enumerated().map {
      $0 % 3 == 0 && $1 == 1 ? 2 : $1
    }
    var again = Pair()
    try again.table.restore(named)
    #expect(again.table.tensors() == pair.table.tensors())
    named["calibration.numbers"]?.shape[1] -= 1
    var other = Pair()
    #expect(throws: ColumnTensorError.self) { try other.table.restore(named) }
  }

  /// Puts the mean's coverage (one interval and two distances) behind the network's, and its loss behind
  /// the network's.
  private func withMean(_ learned: ColumnTensor?) throws -> ColumnTensor {
    let learned = try #require(learned)
    let width = learned.shape[1]
    let numbers = learned.bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    var former: [Float] = []
    for row in 0..<learned.shape[0] {
      let row = numbers[row * width..<(row + 1) * width]
      let start = row.startIndex
      former += row[start..<start + 3] + [7, 8, 9] + row[start + 3..<start + 7] + [10]
      former += row[(start + 7)...]
    }
    return ColumnTensor(
      name: "calibration.numbers", type: .float32, shape: [learned.shape[0], width + 4],
      bytes: former.withUnsafeBytes { Array($0) })
  }
}
