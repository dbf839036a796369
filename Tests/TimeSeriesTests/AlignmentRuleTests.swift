import TestSupport
import Testing
import TimeSeries

/// The rules of docs/alignment.md, one test each, under the same names.
@Suite("Alignment rules")
struct AlignmentRuleTests {
  private let minute = AlignmentSettings(
    interval: 60_000, aggregation: .mean, allowedLateness: 60_000, maximumGap: 2)

  @Test("bucket: from its start up to before its end, stamped with its end")
  func bucket() {
    let (_, driver) = outcomes(
      minute, [(60_000, 1), (119_999, 3), (120_000, 7), (180_000, 0), (240_000, 0)])
    #expect(
      driver.steps == [
        Step(row: 0, time: 120_000, value: 2), Step(row: 0, time: 180_000, value: 7),
      ])
  }

  @Test("close: when the watermark reaches the end plus the allowed lateness")
  func close() {
    var (_, driver) = outcomes(minute, [(60_000, 1)])
    driver.tick(to: 179_999)
    #expect(driver.steps.isEmpty)
    driver.tick(to: 180_000)
    #expect(driver.steps == [Step(row: 0, time: 120_000, value: 1)])
  }

  @Test("close by others: another series of the partition brings the watermark")
  func closeByOthers() {
    var driver = AlignmentDriver(minute)
    driver.add(SeriesPoint(series: 0, time: 60_000, value: 1))
    driver.add(SeriesPoint(series: 1, time: 180_000, value: 5))
    #expect(driver.steps == [Step(row: 0, time: 120_000, value: 1)])
  }

  @Test("first bucket: counts even where the series began in the middle of it")
  func firstBucket() {
    let (_, driver) = outcomes(minute, [(119_000, 4), (180_000, 0)])
    #expect(driver.steps == [Step(row: 0, time: 120_000, value: 4)])
  }

  @Test("late: the bucket is closed, the point is dropped and counted")
  func late() {
    let (results, driver) = outcomes(minute, [(60_000, 1), (180_000, 2), (119_999, 9)])
    #expect(results == [.accepted, .accepted, .late])
    #expect(results.map(\.dropReason) == [nil, nil, .late])
    #expect(driver.table.counts.late == 1)
    #expect(driver.steps.map(\.value) == [1])
  }

  @Test("out of order: into its bucket while that is open")
  func outOfOrder() {
    let (results, driver) = outcomes(
      minute, [(60_000, 1), (125_000, 9), (119_000, 3), (70_000, 5), (180_000, 0)])
    #expect(results == [.accepted, .accepted, .outOfOrder, .outOfOrder, .accepted])
    #expect(driver.table.counts.outOfOrder == 2)
    #expect(driver.steps == [Step(row: 0, time: 120_000, value: 3)])
  }

  @Test("duplicate: same time and value as the bucket's newest reading, ignored")
  func duplicate() {
    var sum = minute
    sum.aggregation = .sum
    let (results, driver) = outcomes(sum, [(60_000, 1), (61_000, 2), (61_000, 2), (180_000, 0)])
    #expect(results == [.accepted, .accepted, .duplicate, .accepted])
    #expect(driver.steps.map(\.value) == [3])
    #expect(driver.table.counts.duplicate == 1)
  }

  @Test(
    "revised: same time as the bucket's newest reading, other value, which takes its place",
    arguments: [
      (Aggregation.mean, 3.0), (.sum, 9), (.last, 3), (.min, 1), (.max, 5), (.count, 3),
    ])
  func revised(aggregation: Aggregation, expected: Double) {
    var settings = minute
    settings.aggregation = aggregation
    let (results, driver) = outcomes(
      settings, [(60_000, 1), (61_000, 5), (62_000, 99), (62_000, 3), (180_000, 0)])
    #expect(results == [.accepted, .accepted, .accepted, .revised, .accepted])
    #expect(driver.steps.map(\.value) == [expected])
    #expect(driver.table.counts.revised == 1)
  }

  @Test("future: ahead of the record time by more than the tolerance, and the watermark stays")
  func future() {
    var driver = AlignmentDriver(minute)
    driver.add(SeriesPoint(series: 0, time: 160_000, value: 1, recordTime: 100_000))
    driver.add(SeriesPoint(series: 0, time: 160_001, value: 1, recordTime: 100_000))
    driver.add(SeriesPoint(series: 0, time: .max, value: 1))
    driver.add(SeriesPoint(series: 0, time: .min, value: 1))
    #expect(driver.outcomes == [.accepted, .future, .future, .late])
    #expect(driver.outcomes[1].dropReason == .future)
    #expect(driver.watermark == 160_000)
    #expect(driver.table.counts.future == 2)
  }

  @Test("gap: each missing bucket becomes a masked step, up to the maximum gap")
  func gap() {
    let (_, driver) = outcomes(minute, [(0, 1), (180_000, 2), (300_000, 0)])
    #expect(
      driver.steps == [
        Step(row: 0, time: 60_000, value: 1), Step(row: 0, time: 120_000, value: .nan),
        Step(row: 0, time: 180_000, value: .nan), Step(row: 0, time: 240_000, value: 2),
      ])
    #expect(driver.table.counts.gaps == 2)
  }

  @Test("dormant: one missing bucket more, and there are no more steps")
  func dormant() {
    var (_, driver) = outcomes(minute, [(0, 1)])
    driver.tick(to: 240_000)
    #expect(!driver.table.isDormant(row: 0))
    driver.tick(to: 300_000)
    #expect(driver.table.isDormant(row: 0))
    driver.tick(to: 86_400_000 * 36_500)
    #expect(driver.steps.map(\.time) == [60_000, 120_000, 180_000])
    #expect(driver.table.counts.dormant == 1)
  }

  @Test("asleep: after the window in which a series became dormant it has one more masked step")
  func asleep() {
    let settings = AlignmentSettings(interval: 1_000, allowedLateness: 0, maximumGap: 2)
    var table = AlignmentTable(settings: settings)
    let window = PlannedWindow(id: "w", span: 12_000..<60_000, effect: .suppress)
    table.plan(PlannedSteps(PlannedWindows([window]), interval: 1_000))
    table.appendRow()
    var steps: [Step] = []
    _ = table.add(
      row: 0, time: 10_000, value: 1, kind: .gauge, seen: 0, horizon: .max, into: &steps)
    table.advance(to: 100_000, into: &steps)
    #expect(steps.map(\.time) == [11_000, 12_000, 13_000, 61_000])
    #expect(steps.map(\.isMasked) == [false, true, true, true])
    #expect(steps[3].isSuperseded && table.counts.gaps == 3 && table.isDormant(row: 0))
  }

  @Test("restart: the first step after dormancy says so")
  func restart() {
    let (_, driver) = outcomes(minute, [(0, 1), (600_000, 2), (720_000, 3)])
    #expect(driver.steps.last == Step(row: 0, time: 660_000, value: 2, flags: .restart))
    #expect(driver.steps.count == 4)
    #expect(driver.table.counts.restarts == 1)
  }

  @Test("rate: a counter's value is its increase a second between the last readings of buckets")
  func rate() {
    let steps = counterSteps([
      (0, 100), (50_000, 160), (110_000, 220), (170_000, 220), (240_000, 0),
    ])
    #expect(
      steps == [
        Step(row: 0, time: 60_000, value: .nan, flags: .valueless),
        Step(row: 0, time: 120_000, value: 1), Step(row: 0, time: 180_000, value: 0),
      ])
  }

  @Test("rate over a gap: the mean increase since the last reading")
  func rateOverGap() {
    let steps = counterSteps([(0, 100), (180_000, 460), (300_000, 0)])
    #expect(steps.map(\.isMasked) == [true, true, true, false])
    #expect(steps.last?.value == 2)
  }

  @Test("rate after dormancy: the first reading gives no value")
  func rateAfterDormancy() {
    let steps = counterSteps([(0, 100), (600_000, 460), (720_000, 0)])
    #expect(
      steps.last == Step(row: 0, time: 660_000, value: .nan, flags: [.restart, .valueless]))
  }

  @Test("reset: a decrease gives no value, the next bucket counts from it")
  func reset() {
    let steps = counterSteps([(0, 100), (60_000, 40), (120_000, 100), (240_000, 0)])
    #expect(
      steps == [
        Step(row: 0, time: 60_000, value: .nan, flags: .valueless),
        Step(row: 0, time: 120_000, value: .nan, flags: [.valueless, .reset]),
        Step(row: 0, time: 180_000, value: 1),
      ])
  }

  @Test(
    "wrap: a decrease from the last to the first eighth of 32 or 64 bits is an increase",
    arguments: [(0x1p32 - 600, 0.0, 10.0), (0x1p64 - 0x1p20, 0x1p20, 0x1p21 / 60)])
  func wrap(before: Double, after: Double, rate: Double) {
    let steps = counterSteps([(0, before), (60_000, after), (180_000, 0)])
    #expect(steps.last?.value == rate)
    let reset = counterSteps([(0, before / 2), (60_000, after), (180_000, 0)])
    #expect(reset.last?.isMasked == true)
  }

  @Test("in silence a gap has one step whose forecast is published, however time goes on")
  func silentGap() {
    var minute = minute
    minute.maximumGap = 10
    var table = AlignmentTable(settings: minute)
    table.appendRow()
    var steps: [Step] = []
    _ = table.add(
      row: 0, time: 10_000, value: 1, kind: .gauge, seen: 0, horizon: .max, into: &steps)
    func pass(to end: Milliseconds, isSilent: Bool) -> [Bool] {
      steps.removeAll()
      let watermark = end + minute.allowedLateness
      while table.dueAt <= watermark {
        let due = min(table.nextClosing(), watermark)
        var rows: [Int] = []
        table.dueRows(at: due, atMost: .max, into: &rows)
        _ = table.close(rows, at: due, target: watermark, isSilent: isSilent, into: &steps)
      }
      return steps.map { !$0.isSuperseded }
    }
    #expect(pass(to: 60_000, isSilent: true) == [true], "the value's own step")
    #expect(pass(to: 180_000, isSilent: true) == [false, true])
    #expect(pass(to: 240_000, isSilent: true) == [false])
    #expect(pass(to: 360_000, isSilent: false) == [false, true], "others are alive")
    #expect(pass(to: 420_000, isSilent: true) == [false])
  }

  @Test("on arrival: the step comes with a bucket's first point, further ones are duplicates")
  func onArrival() {
    var settings = minute
    settings.closeOnArrival = true
    let (results, driver) = outcomes(
      settings, [(60_000, 1), (61_000, 2), (240_000, 3), (230_000, 4)])
    #expect(results == [.accepted, .duplicate, .accepted, .late])
    #expect(
      driver.steps == [
        Step(row: 0, time: 120_000, value: 1),
        Step(row: 0, time: 180_000, value: .nan, flags: .superseded),
        Step(row: 0, time: 240_000, value: .nan), Step(row: 0, time: 300_000, value: 3),
      ])
  }

  @Test("overflow: a sum beyond what a Float64 holds is no value")
  func overflow() {
    var sum = minute
    sum.aggregation = .sum
    let (_, driver) = outcomes(sum, [(0, 1e308), (1, 1e308), (120_000, 0)])
    #expect(driver.steps == [Step(row: 0, time: 60_000, value: .nan, flags: .valueless)])
  }

  @Test("index: each series counts its own steps, whatever the others, the broker or a clock say")
  func index() {
    var driver = AlignmentDriver(.index(interval: 1, maximumGap: 2))
    func point(_ series: Int, _ index: Int64, _ value: Double) -> SeriesPoint {
      // The broker's time has nothing to do with it, whether later or earlier.
      SeriesPoint(series: series, time: index, value: value, recordTime: series == 0 ? 0 : 1 << 40)
    }
    driver.add(point(0, 1_000_000, 1))
    driver.add(point(1, 7, 2))
    driver.tick(to: 1 << 50)
    driver.add(point(1, 8, 3))
    driver.add(point(1, 8, 4))
    driver.add(point(1, 6, 5))
    driver.add(point(1, 10, 6))
    #expect(
      driver.steps == [
        Step(row: 0, time: 1_000_001, value: 1), Step(row: 1, time: 8, value: 2),
        Step(row: 1, time: 9, value: 3), Step(row: 1, time: 10, value: .nan),
        Step(row: 1, time: 11, value: 6),
      ])
    #expect(
      driver.outcomes == [.accepted, .accepted, .accepted, .duplicate, .late, .accepted])
  }

  @Test("index: a counter's rate is by step")
  func indexRate() {
    var counter = AlignmentSettings.index(interval: 10)
    counter.aggregation = .rate
    let (_, driver) = outcomes(counter, [(0, 100), (10, 105), (30, 135)])
    #expect(driver.steps.map(\.value).filter(\.isFinite) == [5, 15])
  }

  /// A table of three series, whose newest points are at 40 s, 10 s and 90 s.
  private func silentTable(_ steps: inout [Step]) -> AlignmentTable {
    var table = AlignmentTable(settings: AlignmentSettings(interval: 10_000, maximumGap: 1))
    for _ in 0..<3 { table.appendRow() }
    for time in stride(from: 0, through: 90_000, by: 10_000) as StrideThrough<Milliseconds> {
      table.advance(to: time, into: &steps)
      for (row, last) in [40_000, 10_000, 90_000].enumerated() where time <= last {
        _ = table.add(
          row: row, time: time, value: 1, kind: .counter, seen: time, horizon: .max,
          into: &steps)
      }
    }
    return table
  }

  @Test("expired: the row of the series is that of a new one, which is no restart")
  func expired() {
    var steps: [Step] = []
    var table = silentTable(&steps)
    #expect(table.longestSilent(before: 30_000, atMost: 8) == [1])
    table.reset(row: 1)
    table.countForgotten(expired: 1, displaced: 0)
    #expect(table.counts.expired == 1)
    #expect(table.newestTime(row: 1) == nil && !table.isDormant(row: 1))
    #expect(table.countSilent(before: 30_000) == 0)
    steps.removeAll()
    _ = table.add(
      row: 1, time: 91_000, value: 5, kind: .gauge, seen: 91_000, horizon: .max, into: &steps)
    table.advance(to: 100_000, into: &steps)
    #expect(steps.contains(Step(row: 1, time: 100_000, value: 5)))
    #expect(table.counts.restarts == 0)
  }

  @Test("displaced: the longest silent series go first")
  func displaced() {
    var steps: [Step] = []
    var table = silentTable(&steps)
    #expect(table.longestSilent(before: 90_000, atMost: 8) == [1, 0])
    #expect(table.longestSilent(before: 90_000, atMost: 1) == [1])
    table.countForgotten(expired: 0, displaced: 2)
    #expect(table.counts.displaced == 2)
  }

  @Test("docs/alignment.md has every rule that is tested here and every counter, and no others")
  func documentation() throws {
    let document = try repositoryFile("docs/alignment.md")
    let tests = try repositoryFile("Tests/TimeSeriesTests/AlignmentRuleTests.swift")
    // | **rule** | when | result | outcome `…`, kind `…`, event `…` |
    let rows = document.matches(of: #/\n\| \*\*(.+?)\*\* \|.*\|(.*)\|/#)
    let rules = rows.map { String($0.1) }
    let tested = tests.matches(of: #/@Test\(\s*"([^":]+): /#).map { String($0.1) }
    #expect(Set(rules) == Set(tested))
    #expect(rules.count == Set(rules).count, "a rule has one row")
    let counted = rows.flatMap { $0.2.matches(of: /`(\w+)`/).map { String($0.1) } }
    let outcomes = PointOutcome.allCases.map(\.name)
    let (kinds, events) = (AlignmentCounts.stepKinds, AlignmentCounts.seriesEvents)
    #expect(Set(counted) == Set(outcomes + kinds + events))
    let counts = AlignmentCounts()
    #expect(
      Mirror(reflecting: counts).children.count
        == outcomes.count + counts.stepsByKind.count + counts.eventCounts.count,
      "every count is a sample of a metric")
    let metrics = try repositoryFile("docs/metrics.md")
    for (family, values) in [
      ("points_total", outcomes), ("steps_total", kinds), ("series_events_total", events),
    ] {
      let row = metrics.split(separator: "\n").first { $0.hasPrefix("| `forecastd_\(family)` |") }
      let named = try #require(row).matches(of: /`(\w+)`/).map { String($0.1) }
      #expect(named.suffix(values.count) == values[...], "\(family)")
    }
  }

  @Test(
    "impossible settings of an alignment are refused by name",
    arguments: [
      (AlignmentSettings(interval: 0), "interval"),
      (AlignmentSettings(interval: 10, allowedLateness: 151), "allowed lateness"),
      (AlignmentSettings(interval: 10, allowedLateness: -1), "allowed lateness"),
      (AlignmentSettings(interval: 10, futureTolerance: -1), "future tolerance"),
      (AlignmentSettings(interval: 10, maximumGap: -1), "maximum gap"),
    ])
  func settings(settings: AlignmentSettings, name: String) {
    #expect {
      try settings.validate()
    } throws: { error in
      "\(error)".hasPrefix("\(name): must be")
    }
  }

  @Test(
    "a snapshot with another aggregation or lateness restores all but buckets of another meaning")
  func changedSettings() throws {
    let settings = { (aggregation: Aggregation, lateness: Milliseconds) in
      AlignmentSettings(interval: 60_000, aggregation: aggregation, allowedLateness: lateness)
    }
    var driver = AlignmentDriver(settings(.mean, 120_000))
    // At 240 s the bucket that ends at 60 s has closed; those to 120, 180, 240 and 300 s are open.
    for (number, time) in [10_000, 70_000, 130_000, 190_000, 240_000].enumerated() {
      driver.add(SeriesPoint(series: 0, time: Int64(time), value: Double(number)))
    }
    driver.commit()
    #expect(driver.steps.map(\.time) == [60_000, 120_000])
    let tensors = Dictionary(uniqueKeysWithValues: driver.table.tensors().map { ($0.name, $0) })
    func continued(_ settings: AlignmentSettings) throws -> [Step] {
      var other = AlignmentDriver(settings)
      try other.table.restore(tensors)
      other.rows = [0: 0]
      other.watermark = driver.watermark
      other.add(SeriesPoint(series: 0, time: 600_000, value: 9))
      return other.steps
    }
    let whole = try continued(settings(.mean, 120_000))
    #expect(whole.map(\.value).prefix(3) == [2, 3, 4])
    #expect(try continued(settings(.mean, 240_000)).prefix(3) == whole.prefix(3))
    #expect(try continued(settings(.mean, 60_000)).prefix(2) == whole.prefix(2))
    let summed = try continued(settings(.sum, 120_000))
    #expect(summed.map(\.time).first == 180_000 && summed.allSatisfy(\.isMasked))
    for (aggregation, lateness, keeps) in [
      (Aggregation.mean, 240_000, true), (.mean, 60_000, false), (.sum, 120_000, false),
    ] {
      let table = AlignmentTable(settings: settings(aggregation, Int64(lateness)))
      #expect(try table.keepsOpenBuckets(of: tensors) == keeps)
    }
  }

  @Test("a snapshot of another interval, or with columns of different lengths, is refused")
  func otherSettings() {
    var driver = AlignmentDriver(minute)
    driver.add(SeriesPoint(series: 0, time: 0, value: 1))
    let tensors = Dictionary(uniqueKeysWithValues: driver.table.tensors().map { ($0.name, $0) })
    var half = AlignmentTable(
      settings: AlignmentSettings(interval: 30_000, allowedLateness: 30_000))
    #expect(throws: ColumnTensorError.self) { try half.restore(tensors) }
    var uneven = tensors
    uneven["alignment.phase"] = ColumnTensor(
      name: "alignment.phase", type: .uint8, shape: [2, 1], bytes: [0, 0])
    for lateness: Milliseconds in [60_000, 120_000] {
      var other = AlignmentTable(
        settings: AlignmentSettings(interval: 60_000, allowedLateness: lateness))
      #expect(throws: ColumnTensorError.self) { try other.restore(uneven) }
      #expect(other.count == 0)
    }
  }

  private func counterSteps(_ readings: [(Milliseconds, Double)]) -> [Step] {
    var driver = AlignmentDriver(minute)
    for (time, value) in readings {
      driver.add(SeriesPoint(series: 0, time: time, value: value, kind: .counter))
    }
    return driver.steps
  }
}
