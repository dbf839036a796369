import Detection
import Testing
import TimeSeries

@Suite("Incidents of groups")
struct GroupTableTests {
  private static let minute: Milliseconds = 60_000

  private func table(series: Int, group: String = "host=a") -> GroupTable {
    var table = GroupTable(budget: .standard, pace: GroupPace(interval: Self.minute))
    for row in 0..<series { table.setGroup(Array(group.utf8), ofRow: row) }
    return table
  }

  private func verdict(
    _ event: AnomalyVerdict.Event, at time: Milliseconds,
    severity: AnomalyVerdict.Severity = .warning,
    perWeek: Double = 0.1
  ) -> AnomalyVerdict {
    var verdict = AnomalyVerdict()
    verdict.event = event
    verdict.openedAt = time
    verdict.evidence = .error
    verdict.severity = severity
    verdict.incidentsPerWeek = perWeek
    return verdict
  }

  private func opens(
    _ table: inout GroupTable, rows: Range<Int>, at time: Milliseconds
  ) -> [GroupVerdict] {
    rows.flatMap { table.take(verdict(.open, at: time), row: $0, time: time) }
  }

  @Test(
    "as many series as chance does not explain open one incident; the larger the group, the more")
  func chance() {
    var counts: [Int] = []
    for series in [2, 10, 100, 1_000] {
      var table = table(series: series)
      let verdicts = opens(&table, rows: 0..<series, at: Self.minute)
      #expect(verdicts.first?.event == .open)
      #expect(verdicts.count { $0.event == .open } == 1)
      counts.append(verdicts.first?.members.count ?? 0)
      #expect(verdicts.first?.memberCount == series)
      // Its records are few: an update where the members have doubled.
      #expect(verdicts.count <= 10)
    }
    #expect(counts.first == 2 && counts == counts.sorted() && counts[3] > counts[1])
  }

  @Test(
    "a hundred thousand series that fall silent at once are one incident of few records, and close it"
  )
  func everything() {
    var table = table(series: 100_000)
    let opened = opens(&table, rows: 0..<100_000, at: Self.minute)
    #expect(opened.count { $0.event == .open } == 1 && opened.count < 30)
    let closed = (0..<100_000).flatMap {
      table.take(verdict(.close, at: Self.minute), row: $0, time: 2 * Self.minute)
    }
    #expect(closed.map(\.event) == [.close])
    #expect(closed.first?.members.count == 100_000)
  }

  @Test("the upper tail of a Poisson number", arguments: [(1, 0.01), (3, 0.5), (12, 4.0), (2, 30)])
  func survival(count: Int, mean: Double) {
    var term = Double(sign: .plus, exponent: 0, significand: 1)
    var below = 0.0
    for number in 0..<count {
      if number > 0 { term *= mean / Double(number) }
      below += term
    }
    // e^-mean by its series, which is exact enough here.
    var exponential = 1.0
    var part = 1.0
    for number in 1..<400 {
      part *= mean / Double(number)
      exponential += part
    }
    let expected = 1 - below / exponential
    #expect(abs(PoissonTail.survival(count, mean: mean) - expected) < 1e-9 + 1e-6 * expected)
  }

  @Test(
    "series that open one after the other, with long times between, are no incident of the group")
  func apart() {
    var table = table(series: 10)
    for row in 0..<10 {
      #expect(opens(&table, rows: row..<row + 1, at: Int64(row) * 20 * Self.minute).isEmpty)
    }
    #expect(table.takeRefunds(before: .max).isEmpty)
  }

  @Test("what the incident accounts for is given back to its series, before steps of a later time")
  func refunds() {
    var table = table(series: 4)
    _ = opens(&table, rows: 0..<3, at: Self.minute)
    #expect(table.takeRefunds(before: Self.minute).isEmpty)
    #expect(table.takeRefunds(before: 2 * Self.minute).sorted() == [0, 1, 2])
    #expect(table.takeRefunds(before: .max).isEmpty)
  }

  @Test("it closes when most of its series are as usual, and a later burst is another incident")
  func closing() throws {
    var table = table(series: 6)
    let opened = try #require(opens(&table, rows: 0..<4, at: Self.minute).first)
    var verdicts: [GroupVerdict] = []
    for row in 0..<4 {
      let time = 40 * Self.minute + Int64(row)
      verdicts += table.take(verdict(.close, at: Self.minute), row: row, time: time)
    }
    #expect(verdicts.map(\.event) == [.close])
    #expect(verdicts.first?.openedAt == opened.openedAt)
    #expect(verdicts.first?.members.count == 4)
    let next = opens(&table, rows: 0..<4, at: 100 * Self.minute)
    #expect(next.first?.event == .open && next.first?.openedAt == 100 * Self.minute)
  }

  @Test("a burst in other series of the group, while one is open, is an incident of its own")
  func secondBurst() {
    var table = table(series: 8)
    _ = opens(&table, rows: 0..<3, at: Self.minute)
    let second = opens(&table, rows: 4..<8, at: 30 * Self.minute)
    #expect(second.first?.event == .open)
    #expect(second.first?.members.map(\.row).allSatisfy { $0 >= 4 } == true)
    #expect(table.openedAt(ofRow: 0) == Self.minute)
    #expect(table.openedAt(ofRow: 5) == 30 * Self.minute)
  }

  @Test("the rarest of the first is named first, and a group that fires often needs more")
  func ranking() throws {
    var table = table(series: 20)
    var verdicts: [GroupVerdict] = []
    for (row, perWeek) in [0.5, 1e-6, 0.01].enumerated() {
      verdicts += table.take(
        verdict(.open, at: Self.minute, perWeek: perWeek), row: row, time: Self.minute)
    }
    let opened = try #require(verdicts.last)
    #expect(opened.members.first?.row == 1)
    #expect(opened.firstMover?.row == 1)

    var needed: [Int] = []
    for burst in 1...8 {
      let time = Int64(burst) * 200 * Self.minute
      let verdicts = opens(&table, rows: 0..<20, at: time)
      needed.append(verdicts.first { $0.event == .open }?.members.count ?? 21)
      for row in 0..<20 {
        _ = table.take(verdict(.close, at: time), row: row, time: time + 50 * Self.minute)
      }
    }
    #expect(needed.last ?? 0 > needed.first ?? 0)
  }

  @Test("series that are forgotten leave their group, and its number is used again")
  func forgetting() {
    var table = table(series: 3)
    _ = opens(&table, rows: 0..<3, at: Self.minute)
    for row in 0..<3 { table.setGroup(nil, ofRow: row) }
    #expect(table.group(ofRow: 0) == nil && table.openedAt(ofRow: 0) == nil)
    #expect(table.takeRefunds(before: .max).isEmpty)
    table.setGroup(Array("host=b".utf8), ofRow: 1)
    #expect(table.group(ofRow: 1) == 0 && table.key(ofGroup: 0) == Array("host=b".utf8))
    #expect(table.take(verdict(.open, at: Self.minute), row: 1, time: Self.minute).isEmpty)
  }

  @Test("a snapshot has incidents, openings, what is to be given back, and how often a group fires")
  func snapshots() throws {
    var saved = table(series: 6)
    saved.setGroup(Array("host=b".utf8), ofRow: 6)
    _ = opens(&saved, rows: 0..<3, at: Self.minute)
    _ = opens(&saved, rows: 6..<7, at: 2 * Self.minute)
    var restored = table(series: 6)
    restored.setGroup(Array("host=b".utf8), ofRow: 6)
    let tensors = Dictionary(uniqueKeysWithValues: saved.tensors().map { ($0.name, $0) })
    try restored.restore(tensors)
    #expect(restored == saved)
  }
}
