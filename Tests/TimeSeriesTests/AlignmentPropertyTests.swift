import TestSupport
import Testing
import TimeSeries

@Suite("Alignment, any points in any batches")
struct AlignmentPropertyTests {
  @Test("random points give the reference's steps and outcomes, however they are batched")
  func reference() throws {
    for seed in UInt64(1)...400 {
      var random = RandomSource(seed: seed)
      let settings = randomSettings(&random)
      try settings.validate()
      let points = randomPoints(settings, &random)

      var reference = AlignmentReference(settings: settings)
      let expected = points.map { reference.add($0) }
      let whole = run(settings, points, batch: points.count)
      let single = run(settings, points, batch: 1)
      let some = run(settings, points, batch: Int.random(in: 2...20, using: &random))

      let different = expected.indices.first { whole.outcomes[$0] != expected[$0] }
      let detail = different.map {
        "\($0): \(points[$0]) is \(whole.outcomes[$0]), not \(expected[$0])"
      }
      try #require(different == nil, "seed \(seed), \(settings), \(detail ?? "")")
      try #require(single.outcomes == expected && some.outcomes == expected, "seed \(seed)")
      try #require(whole.steps == single.steps && whole.steps == some.steps, "seed \(seed)")
      try #require(whole.table.counts == single.table.counts, "seed \(seed)")
      for row in 0..<reference.series.count {
        let steps = whole.steps.filter { Int($0.row) == row }
        let wanted = reference.steps(row: row)
        let place = zip(steps, wanted).enumerated().first { !isClose([$1.0], [$1.1]) }?.offset
        let detail = place.map {
          "\(steps[max(0, $0 - 4)...$0]), not \(wanted[max(0, $0 - 4)...$0])"
        }
        try #require(
          isClose(steps, wanted), "seed \(seed), row \(row), \(settings) \(detail ?? "")")
      }
    }
  }

  @Test("the steps of a series come in the order of their buckets")
  func order() throws {
    var compared = 0
    for seed in UInt64(1)...100 {
      var random = RandomSource(seed: seed)
      let settings = randomSettings(&random)
      let steps = run(settings, randomPoints(settings, &random), batch: 7).steps
        .sorted { $0.row < $1.row }
      for (one, next) in zip(steps, steps.dropFirst()) {
        guard one.row == next.row else { continue }
        try #require(one.time < next.time, "seed \(seed)")
        compared += 1
      }
    }
    #expect(compared > 1_000)
  }

  @Test("random commits and aborts leave exactly the committed state")
  func undo() throws {
    var aborts = 0
    for seed in UInt64(1)...200 {
      var random = RandomSource(seed: seed)
      let settings = randomSettings(&random)
      var driver = AlignmentDriver(settings)
      var committed = driver
      for point in randomPoints(settings, &random) {
        driver.add(point)
        switch random.next() % 16 {
        case 0:
          driver.commit()
          committed = driver
        case 1:
          driver.table.rollBack(rows: driver.touched.rows, keeping: committed.table.count)
          try #require(driver.table.tensors() == committed.table.tensors(), "seed \(seed)")
          try #require(driver.table.counts == committed.table.counts, "seed \(seed)")
          aborts += 1
          driver.touched.removeAll()
          driver.watermark = committed.watermark
          driver.rows = committed.rows
          driver.steps = committed.steps
        default: break
        }
      }
      driver.advance()
    }
    #expect(aborts > 1_000)
  }

  @Test("a restored table gives the steps that the saved one gives")
  func snapshot() throws {
    var compared = 0
    for seed in UInt64(1)...100 {
      var random = RandomSource(seed: seed)
      let settings = randomSettings(&random)
      let points = randomPoints(settings, &random)
      var driver = AlignmentDriver(settings)
      for point in points[..<(points.count / 2)] { driver.add(point) }
      var restored = AlignmentDriver(settings)
      try restored.table.restore(
        Dictionary(uniqueKeysWithValues: driver.table.tensors().map { ($0.name, $0) }))
      restored.watermark = driver.watermark
      restored.rows = driver.rows
      driver.steps = []
      for point in points[(points.count / 2)...] {
        driver.add(point)
        restored.add(point)
      }
      try #require(driver.steps == restored.steps, "seed \(seed)")
      compared += driver.steps.count
      try #require(driver.table.tensors() == restored.table.tensors(), "seed \(seed)")
    }
    #expect(compared > 1_000)
  }

  private func randomSettings(_ random: inout RandomSource) -> AlignmentSettings {
    let interval = [10, 60, 1000].randomElement(using: &random)!
    return AlignmentSettings(
      interval: Int64(interval), aggregation: Aggregation.allCases.randomElement(using: &random)!,
      allowedLateness: Int64(interval * Int.random(in: 0...30, using: &random) / 10),
      futureTolerance: Int64(interval * 3), maximumGap: Int.random(in: 0...5, using: &random),
      closeOnArrival: random.chance(0.3))
  }

  /// Mostly forward in small moves, with jumps, readings of the past, repeats and broken clocks;
  /// some runs lie before 1970.
  private func randomPoints(
    _ settings: AlignmentSettings, _ random: inout RandomSource
  ) -> [SeriesPoint] {
    let interval = Double(settings.interval)
    let seriesCount = Int.random(in: 1...5, using: &random)
    let firstCounter = Int.random(in: 0...5, using: &random)
    var now = random.chance(0.5) ? -20.0 * interval : 1e12
    var total = 0.0
    var points: [SeriesPoint] = []
    for _ in 0..<Int.random(in: 1...250, using: &random) {
      now += interval * 0.4 * random.uniform()
      if random.chance(0.03) { now += interval * 12 * random.uniform() }
      if random.chance(0.1), let earlier = points.suffix(5).randomElement(using: &random) {
        points.append(earlier)
        if random.chance(0.5) { points[points.count - 1].value += 1 }
        continue
      }
      let series = Int.random(in: 0..<seriesCount, using: &random)
      let behind = random.chance(0.3) ? 4 * random.uniform() * interval : 0
      let ahead = random.chance(0.05) ? 10 * interval : 0
      total = random.chance(0.05) ? 0 : total + Double(Int.random(in: 0...9, using: &random))
      points.append(
        SeriesPoint(
          series: series, time: Int64(now - behind + ahead), value: total,
          kind: series >= firstCounter ? .counter : .gauge, recordTime: Int64(now)))
    }
    return points
  }

  private func run(
    _ settings: AlignmentSettings, _ points: [SeriesPoint], batch: Int
  ) -> AlignmentDriver {
    var driver = AlignmentDriver(settings)
    for (index, point) in points.enumerated() {
      driver.add(point)
      if (index + 1) % batch == 0 { driver.advance() }
    }
    driver.advance()
    return driver
  }

  /// A mean's last bits depend on the order of its sum, which the reference has otherwise.
  private func isClose(_ steps: [Step], _ expected: [Step]) -> Bool {
    steps.count == expected.count
      && zip(steps, expected).allSatisfy { step, other in
        step.row == other.row && step.time == other.time
          && step.flags.subtracting(.superseded) == other.flags
          && (step.isMasked && other.isMasked
            || abs(step.value - other.value) <= 1e-9 * abs(other.value))
      }
  }
}
