import TestSupport
import Testing
import TimeSeries

@Suite("planned windows by steps")
struct PlannedStepsTests {
  private static let hour: Milliseconds = 3_600_000
  private let key = SeriesKey(name: "cpu", labels: [.init(name: "host", value: "web-1")])

  private func window(
    _ span: Range<Milliseconds>, _ effect: PlannedEffect, _ series: String? = nil
  ) throws -> PlannedWindow {
    PlannedWindow(
      id: "w", span: span, series: try series.map { try SeriesPattern($0) }, effect: effect)
  }

  @Test("a step has its part in a window if their times overlap")
  func overlap() throws {
    let windows = PlannedWindows([try window(10_000..<20_000, .both)])
    var steps = PlannedSteps(windows, interval: 1_000)
    let planned = stride(from: Milliseconds(0), through: 40_000, by: 1_000).filter {
      !steps.effect(at: $0, row: 0, key: { key }).isEmpty
    }
    // A step's time is the end of its bucket.
    #expect(planned == (11...20).map { $0 * 1_000 })
    var odd = PlannedSteps(
      PlannedWindows([try window(10_500..<10_501, .both)]), interval: 1_000)
    #expect(odd.effect(at: 10_000, row: 0, key: { key }).isEmpty)
    #expect(odd.effect(at: 11_000, row: 0, key: { key }) == .both)
    #expect(odd.effect(at: 12_000, row: 0, key: { key }).isEmpty)
  }

  @Test("windows that overlap join what they do, each for its own series")
  func patterns() throws {
    let windows = PlannedWindows([
      try window(0..<10_000, .suppress, "cpu"), try window(5_000..<15_000, .skipLearning),
      try window(0..<20_000, .both, "mem"), try window(8_000..<9_000, .suppress, "cpu"),
    ])
    var steps = PlannedSteps(windows, interval: 1_000)
    var keys = 0
    func effect(_ time: Milliseconds, _ name: String, row: Int) -> PlannedEffect {
      steps.effect(at: time, row: row) {
        keys += 1
        return SeriesKey(name: name, labels: [])
      }
    }
    for _ in 0..<10 {
      #expect(effect(3_000, "cpu", row: 0) == .suppress)
      #expect(effect(7_000, "cpu", row: 0) == .both)
      #expect(effect(12_000, "cpu", row: 0) == .skipLearning)
      #expect(effect(18_000, "cpu", row: 0) == [])
      #expect(effect(18_000, "mem", row: 1) == .both)
      #expect(effect(18_000, "disk", row: 2) == [])
    }
    #expect(keys <= 2 * 3, "each pattern is compared once with each series: \(keys)")
    steps.forget(row: 0)
    #expect(effect(3_000, "mem", row: 0) == .both, "the row has another series")
    steps.forgetRows()
    #expect(effect(3_000, "cpu", row: 0) == .suppress)
  }

  @Test("only the windows of a stream are its own")
  func streams() throws {
    var first = try window(0..<10, .both)
    first.streams = ["web"]
    let windows = PlannedWindows([first]) + [try window(0..<10, .suppress)]
    #expect(windows.of(stream: "web").windows.count == 2)
    #expect(windows.of(stream: "db").windows == [try window(0..<10, .suppress)])
  }

  @Test(
    "what is planned follows from the time alone, in whatever order it is asked", arguments: 1...8)
  func order(seed: UInt64) throws {
    var random = RandomSource(seed: seed)
    var windows: [PlannedWindow] = []
    for number in 0..<12 {
      let begin = Int64(random.uniform() * 200 * 24) * Self.hour
      let length = Int64(1 + random.uniform() * 40) * Self.hour
      let rule = [nil, "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=SU", "FREQ=MONTHLY;BYDAY=-1FR"]
      windows.append(
        try PlannedWindow(
          id: "\(number)", from: begin, to: begin + length, rule: rule[number % 4],
          effect: number % 3 == 0 ? .suppress : .skipLearning))
    }
    let all = PlannedWindows(windows)
    let day = 24 * Self.hour
    let occurrences = all.occurrences(in: 0..<400 * day)
    func expected(_ time: Milliseconds) -> PlannedEffect {
      var effect: PlannedEffect = []
      for occurrence in occurrences where occurrence.span.overlaps(time - Self.hour..<time) {
        effect.formUnion(windows[occurrence.window].effect)
      }
      return effect
    }
    var steps = PlannedSteps(all, interval: Self.hour)
    for _ in 0..<4_000 {
      let time = Int64(random.uniform() * 390 * 24 + 1) * Self.hour
      #expect(steps.effect(at: time, row: 0, key: { key }) == expected(time), "seed \(seed)")
    }
    var ascending = PlannedSteps(all, interval: Self.hour)
    for time in stride(from: Self.hour, to: 390 * day, by: Int(Self.hour)) {
      #expect(ascending.effect(at: time, row: 0, key: { key }) == expected(time), "seed \(seed)")
    }
  }

  @Test("the next windows are found in a calendar of days and in one of years")
  func next() throws {
    let day = 24 * Self.hour
    let daily = PlannedWindows([
      try PlannedWindow(id: "d", from: 0, to: Self.hour, rule: "FREQ=DAILY")
    ])
    #expect(
      daily.next(after: 100 * day + 1, atMost: 3).map(\.span.lowerBound)
        == [100 * day, 101 * day, 102 * day])
    let yearly = PlannedWindows([
      try PlannedWindow(id: "y", from: 0, to: day, rule: "FREQ=YEARLY")
    ])
    #expect(
      yearly.next(after: 100 * day, atMost: 3).map(\.span.lowerBound)
        == [365 * day, 730 * day, 1_096 * day])
    #expect(PlannedWindows([try window(0..<10, .both)]).next(after: 11, atMost: 3).isEmpty)
  }

  @Test("a control record's window is refused if it is empty, endless or of no rule")
  func refused() {
    for (from, to, rule, problem): (Milliseconds, Milliseconds, String?, String) in [
      (10, 10, nil, "must end after its begin"), (10, 5, nil, "must end after its begin"),
      (0, 400 * 86_400_000, "FREQ=YEARLY", "longer than 366 days"),
      (.min, 5, nil, "in the years 1 to 9999"), (0, 10, "FREQ=NEVER", "FREQ=NEVER is unknown"),
    ] {
      #expect {
        try PlannedWindow(id: "m-1", from: from, to: to, rule: rule)
      } throws: {
        "\($0)".contains(problem)
      }
    }
  }
}
