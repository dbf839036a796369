import Forecasting
import Glibc
import TestSupport
import Testing

@Suite("finding seasons")
struct SeasonSearchTests {
  private func wave(_ step: Int, _ period: Double) -> Double {
    sin(2 * .pi * Double(step) / period)
  }

  private func make(
    _ count: Int, seed: UInt64, noise: Double, _ signal: (Int) -> Double
  ) -> [Double] {
    var random = RandomSource(seed: seed)
    return (0..<count).map { signal($0) + noise * random.gaussian() }
  }

  private func walk(_ count: Int, seed: UInt64, memory: Double = 1) -> [Double] {
    var random = RandomSource(seed: seed)
    var level = 0.0
    return (0..<count).map { _ in
      level = memory * level + random.gaussian()
      return level
    }
  }

  private func found(_ histories: [Double]...) -> [Int] { SeasonSearch().seasons(of: histories) }

  /// One season, of the period or a hundredth of it beside.
  private func expectNear(_ history: [Double], _ period: Int, _ comment: Comment) {
    let seasons = found(history)
    #expect(seasons.count == 1 && abs(seasons[0] - period) <= period / 96, comment)
  }

  @Test(
    "noise, trends, shifts and random walks have no season",
    arguments: 1...12 as ClosedRange<UInt64>
  )
  func none(seed: UInt64) {
    for count in [40, 192, 600, 2_000] {
      #expect(found(make(count, seed: seed, noise: 1) { _ in 0 }) == [], "\(count)")
      #expect(found(make(count, seed: seed, noise: 1) { Double($0) * 0.02 }) == [], "\(count)")
      #expect(found(make(count, seed: seed, noise: 1) { $0 < count / 2 ? 0 : 8 }) == [], "\(count)")
      #expect(found(walk(count, seed: seed)) == [], "\(count)")
      #expect(found(walk(count, seed: seed, memory: 0.95)) == [], "\(count)")
    }
  }

  @Test("empty, constant, missing and very short histories have no season")
  func degenerate() {
    #expect(SeasonSearch().seasons(of: []) == [])
    #expect(found([]) == [])
    #expect(found(Array(repeating: 5, count: 1_000)) == [])
    #expect(found(Array(repeating: .nan, count: 1_000)) == [])
    #expect(found([1, 2, 3]) == [])
  }

  @Test(
    "one season is found to the step under noise and trend, to a hundredth under shift and drift",
    arguments: 1...8 as ClosedRange<UInt64>)
  func one(seed: UInt64) {
    for period in [7, 24, 48, 60, 96] {
      let count = 12 * period + 50
      let comment: Comment = "seed \(seed), period \(period)"
      func wave(_ step: Int) -> Double { self.wave(step, Double(period)) }
      #expect(found(make(count, seed: seed, noise: 0.3, wave)) == [period], comment)
      #expect(
        found(make(count, seed: seed, noise: 0.3) { wave($0) + 0.01 * Double($0) }) == [period],
        comment)
      // Few periods of a long season lie beside a shift of ten times its size, or a random walk that
      // goes as far in a period as the wave: one step in 96 may be missed.
      let shifted = make(count, seed: seed, noise: 0.3) {
        (wave($0) + 5) * ($0 > count / 2 ? 3 : 1)
      }
      expectNear(shifted, period, comment)
      let drifted = zip(
        make(count, seed: seed, noise: 0.2, wave), walk(count, seed: seed + 100)
      ).map { $0 + 0.1 * $1 }
      expectNear(drifted, period, comment)
    }
  }

  @Test("a shape of few steps is one season, whatever its harmonics")
  func pulse() {
    // On for two hours of 24.
    #expect(found(make(600, seed: 1, noise: 0.1) { $0 % 24 < 2 ? 3 : 0 }) == [24])
    #expect(found(make(600, seed: 1, noise: 0.05) { Double($0 % 12) / 12 }) == [12])
  }

  @Test("a day and a week are two seasons", arguments: 1...6 as ClosedRange<UInt64>)
  func two(seed: UInt64) {
    let waves = make(2_000, seed: seed, noise: 0.4) { wave($0, 24) + wave($0, 168) }
    #expect(found(waves) == [24, 168], "seed \(seed)")
    let workdays = make(1_400, seed: seed, noise: 0.3) {
      (1 + wave($0, 24)) * ($0 / 24 % 7 < 5 ? 1 : 0.3)
    }
    #expect(found(workdays) == [24, 168], "seed \(seed)")
  }

  @Test(
    "a day whose weekends are a little lower has a week too, under slow changes that are larger",
    arguments: 1...6 as ClosedRange<UInt64>)
  func weakWeek(seed: UInt64) {
    // As loads of a transformer: a daily course, weekends at 70 % of it, and weather.
    let weather = (0..<3).map { walk(4_096, seed: seed + 50 * UInt64($0), memory: 0.98) }
    let loads = (0..<3).map { series in
      (0..<4_096).map { step in
        2 * (1 + wave(step + series, 24)) * (step / 24 % 7 < 5 ? 1 : 0.7)
          + 0.15 * weather[series][step]
      }
    }
    #expect(SeasonSearch().seasons(of: loads) == [24, 168], "seed \(seed)")
  }

  @Test(
    "a day alone has no week, whatever changes from day to day",
    arguments: 1...6 as ClosedRange<UInt64>)
  func noWeek(seed: UInt64) {
    for count in [700, 1_400, 4_096] {
      func days(_ slow: [Double], _ scale: Double) -> [Double] {
        make(count, seed: seed, noise: 0.3) { 2 * wave($0, 24) + scale * slow[$0] }
      }
      let comment: Comment = "seed \(seed), \(count) values"
      #expect(found(days(walk(count, seed: seed + 9), 0.2)) == [24], comment)
      #expect(found(days(walk(count, seed: seed + 7, memory: 0.98), 0.3)) == [24], comment)
      // Each day has a level, or a size, of its own.
      let levels = make(count / 24 + 1, seed: seed + 3, noise: 1) { _ in 0 }
      #expect(found(days((0..<count).map { levels[$0 / 24] }, 0.7)) == [24], comment)
      let sizes = make(count, seed: seed, noise: 0.3) {
        (1.5 + min(max(levels[$0 / 24], -1), 1)) * wave($0, 24)
      }
      #expect(found(sizes) == [24], comment)
    }
  }

  @Test("a week that has not come four times yet is not found; the day in it is")
  func tooShort() {
    let waves = make(500, seed: 1, noise: 0.3) { wave($0, 24) + wave($0, 168) }
    #expect(found(waves) == [24])
  }

  @Test("a season is found beside gaps, long ones and many")
  func gaps() {
    var random = RandomSource(seed: 3)
    var values = make(800, seed: 2, noise: 0.3) { wave($0, 24) }
    for index in values.indices where random.gaussian() > 0.8 || (300..<350).contains(index) {
      values[index] = .nan
    }
    #expect(found(values) == [24])
  }

  @Test("series agree on a season that many of them do not show alone")
  func pooled() {
    let weak = (1...12).map { seed in
      make(600, seed: UInt64(seed), noise: 1.3) { wave($0 + 5 * seed, 24) }
    }
    let alone = weak.count { SeasonSearch().seasons(of: [$0]) == [24] }
    #expect(alone <= 8, "\(alone) of 12")
    #expect(SeasonSearch().seasons(of: weak) == [24])
  }

  @Test("of many series evenly spaced ones decide on the season, and the others are not looked at")
  func many() {
    let search = SeasonSearch()
    let decisive = Set((0..<search.seriesMaximum).map { $0 * 100 / search.seriesMaximum })
    let many = (0..<100).map { number in
      make(300, seed: UInt64(number), noise: 0.3) { wave($0, decisive.contains(number) ? 12 : 7) }
    }
    #expect(search.seasons(of: many) == [12])
  }

  @Test("a series that has just begun does not keep the others' seasons from being found")
  func young() {
    let old = make(800, seed: 1, noise: 0.3) { wave($0, 24) }
    #expect(found(old, [1, 2, 3], Array(repeating: .nan, count: 800)) == [24])
  }

  private static let etth1 = "../shared/data/etth1/ETTh1.csv"

  @Test(
    "hourly loads of a transformer have a day",
    .enabled(if: access(etth1, R_OK) == 0, "needs \(etth1)"))
  func transformer() throws {
    let file = try #require(fopen(Self.etth1, "r"))
    defer { fclose(file) }
    var columns = Array(repeating: [Double](), count: 7)
    var line = [CChar](repeating: 0, count: 4_096)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 > 31 }.map { UInt8($0) }, as: UTF8.self)
      let fields = text.split(separator: ",").dropFirst()
      guard let first = fields.first, Double(first) != nil else { continue }
      for (column, field) in fields.enumerated() { columns[column].append(Double(field) ?? .nan) }
    }
    for end in [600, 1_440, 4_096, 11_520, 17_420] {
      #expect(SeasonSearch().seasons(of: columns.map { Array($0.prefix(end)) }) == [24], "\(end)")
    }
  }
}
