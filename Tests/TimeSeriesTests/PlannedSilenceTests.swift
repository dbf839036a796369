import Testing
import TimeSeries

@Suite("silence in planned windows")
struct PlannedSilenceTests {
  private func table(_ windows: [Range<Milliseconds>]) -> AlignmentTable {
    let settings = AlignmentSettings(interval: 1_000, allowedLateness: 0, maximumGap: 4)
    var table = AlignmentTable(settings: settings)
    table.plan(planned(windows))
    table.appendRow()
    return table
  }

  private func planned(_ windows: [Range<Milliseconds>]) -> PlannedSteps {
    PlannedSteps(
      PlannedWindows(windows.map { PlannedWindow(id: "w", span: $0, effect: .suppress) }),
      interval: 1_000)
  }

  private func add(_ table: inout AlignmentTable, _ time: Milliseconds, into steps: inout [Step]) {
    _ = table.add(
      row: 0, time: time, value: 1, kind: .gauge, seen: time, horizon: .max, into: &steps)
  }

  /// The times of the steps of a series whose only point is at 10 s.
  private func times(_ windows: [Range<Milliseconds>], through end: Milliseconds) -> [Milliseconds]
  {
    var table = table(windows)
    var steps: [Step] = []
    add(&table, 10_000, into: &steps)
    table.advance(to: end, into: &steps)
    return steps.map { $0.time / 1_000 }
  }

  @Test("a series that becomes dormant within a window has one more step after it")
  func wakes() {
    #expect(times([], through: 100_000) == [11, 12, 13, 14, 15])
    #expect(times([12_000..<60_000], through: 60_999) == [11, 12, 13, 14, 15])
    // The first bucket that has no part of the window.
    #expect(times([12_000..<60_000], through: 100_000) == [11, 12, 13, 14, 15, 61])
    #expect(times([12_000..<59_500], through: 100_000) == [11, 12, 13, 14, 15, 61])
    // Windows that follow each other are one; dormant before the window, it had its steps.
    #expect(
      times([12_000..<60_000, 60_000..<80_000], through: 200_000) == [11, 12, 13, 14, 15, 81])
    #expect(times([20_000..<60_000], through: 100_000) == [11, 12, 13, 14, 15])
  }

  @Test("a series that comes back first begins anew, without that step")
  func returns() {
    var table = table([12_000..<60_000])
    var steps: [Step] = []
    add(&table, 10_000, into: &steps)
    table.advance(to: 40_000, into: &steps)
    steps.removeAll()
    add(&table, 40_000, into: &steps)
    table.advance(to: 42_000, into: &steps)
    #expect(steps.map(\.time) == [41_000, 42_000] && steps[0].isRestart)
    table.advance(to: 100_000, into: &steps)
    #expect(steps.map { $0.time / 1_000 } == [41, 42, 43, 44, 45, 61], "silent once more")
  }

  @Test(
    "a window that is taken back wakes those who sleep in it, one that is longer lets them sleep")
  func replanned() {
    for (windows, expected): ([Range<Milliseconds>], [Milliseconds]) in [
      ([], [31]), ([12_000..<90_000], [91]), ([12_000..<20_000], [31]),
    ] {
      var table = table([12_000..<60_000])
      var steps: [Step] = []
      add(&table, 10_000, into: &steps)
      // Somebody else keeps time going.
      table.appendRow()
      _ = table.add(
        row: 1, time: 29_000, value: 1, kind: .gauge, seen: 29_000, horizon: .max, into: &steps)
      table.advance(to: 30_000, into: &steps)
      table.commit()
      table.plan(planned(windows))
      steps.removeAll()
      table.advance(to: 200_000, into: &steps)
      #expect(steps.filter { $0.row == 0 }.map { $0.time / 1_000 } == expected)
    }
  }
}
