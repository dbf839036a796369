import Calibration
import Detection
import Forecasting
import Pipeline
import Testing
import TimeSeries

@Suite("a row that another series had")
struct SeriesTableResetTests {
  /// Fills all columns with what is no initial value.
  private struct Scrambling: ColumnVisitor {
    typealias Failure = Never
    func visit<Element>(_ column: inout Column<Element>, _ name: StaticString) {
      column.elements.withUnsafeMutableBytes { bytes in
        for index in bytes.indices { bytes[index] = 1 }
      }
    }
  }

  private func expectReset<Table: SeriesTable>(_ empty: Table) {
    var new = empty
    for _ in 0..<3 { new.appendRow() }
    var used = new
    var scrambling = Scrambling()
    used.visitColumns(&scrambling)
    #expect(used.tensors() != new.tensors())
    for row in 0..<3 { used.reset(row: row) }
    #expect(used.tensors() == new.tensors())
  }

  @Test("is that of a new series in every table")
  func reset() throws {
    let settings = try stream()
    expectReset(AlignmentTable(settings: settings.alignment))
    expectReset(SeriesStates(settings: settings.model))
    expectReset(
      AnomalyTable(settings: settings.anomalies, pace: DetectionPace(interval: 60_000)))
    expectReset(
      CalibrationTable(
        settings: settings.calibration, interval: settings.alignment.interval, seasons: [6, 24],
        horizon: 3, levels: settings.model.quantiles, isNonNegative: false))
  }

  @Test("the longest silent series are found, the oldest first", arguments: 1...4)
  func longestSilent(seed: UInt64) {
    var table = AlignmentTable(
      settings: AlignmentSettings(interval: 1_000, allowedLateness: 15_000))
    var steps: [Step] = []
    table.advance(to: 1_000, into: &steps)
    var expected: [(time: Milliseconds, row: Int)] = []
    for row in 0..<500 {
      table.appendRow()
      guard row % 7 > 0 else { continue }  // free rows
      let time = Int64((row &* 7_919 &* Int(seed)) % 97) * 10
      _ = table.add(
        row: row, time: time, value: 1, kind: .gauge, seen: 1, horizon: .max,
        into: &steps)
      expected.append((time, row))
    }
    expected.sort { ($0.time, $0.row) < ($1.time, $1.row) }
    for bound in [0, 10, 500, 2_000] as [Milliseconds] {
      let silent = expected.filter { $0.time < bound }.map(\.row)
      #expect(table.countSilent(before: bound) == silent.count)
      for most in [0, 1, 3, 50, 1_000] {
        #expect(table.longestSilent(before: bound, atMost: most) == Array(silent.prefix(most)))
      }
    }
  }
}
