import DetectorTrials
import TestSupport
import Testing

@Suite("Generated series of the detector's benchmark")
struct GeneratedSeriesTests {
  private static let weeks = 8

  private func series(
    _ kind: SeriesKind, number: Int = 3, seed: UInt64 = 11, injection: Injection? = nil
  ) -> GeneratedSeries {
    let count = Self.weeks * 7 * kind.stepsPerDay
    return GeneratedSeries(
      kind: kind, number: number, seed: seed, stepCount: count + 4 * kind.stepsPerDay,
      cleanCount: count, injection: injection)
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// The share of the variance that is left when each time of day, or of the week, has its mean.
  private func unexplained(_ values: [Double], season: Int) -> Double {
    let middle = mean(values)
    let means = (0..<season).map { phase in
      mean(stride(from: phase, to: values.count, by: season).map { values[$0] })
    }
    var (within, total) = (0.0, 0.0)
    for (step, value) in values.enumerated() {
      within += (value - means[step % season]) * (value - means[step % season])
      total += (value - middle) * (value - middle)
    }
    return within / total
  }

  @Test("there are 20 kinds, each with its name and formula")
  func kinds() {
    #expect(SeriesKind.allCases.count == 20)
    #expect(Set(SeriesKind.allCases.map(\.formula)).count == 20)
  }

  @Test("a seed gives one series, another seed or number another", arguments: SeriesKind.allCases)
  func seeds(kind: SeriesKind) {
    let values = series(kind).values
    #expect(series(kind).values == values)
    #expect(series(kind, seed: 12).values != values)
    #expect(series(kind, number: 4).values != values)
  }

  @Test("values are finite, within the bounds of their kind", arguments: SeriesKind.allCases)
  func bounds(kind: SeriesKind) {
    for number in 0..<4 {
      let values = series(kind, number: number).values
      #expect(values.allSatisfy { $0.isFinite })
      #expect(Set(values.prefix(7 * kind.stepsPerDay)).count > 1)
      if let bounds = kind.bounds { #expect(values.allSatisfy { bounds.contains($0) }) }
    }
  }

  @Test(
    "the spread is that of the noise",
    arguments: [
      (SeriesKind.season, 1.0), (.weekly, 1), (.trend, 1), (.randomWalk, 1), (.wander, 1),
      (.weeklyAndDaily, 1), (.batchJobs, 1), (.regimes, 1), (.autoregression, 1 / 0.6),
      (.heavyTails, 1.4826 * 0.7649), (.mixture, 1.11),
    ])
  func spread(kind: SeriesKind, expected: Double) {
    // The scale of a series is its own, so noise of the formula is compared with the values' spread
    // by what both are multiplied with: the generator's noise.
    let spreads = (0..<6).map { number -> Double in
      let count = Self.weeks * 7 * kind.stepsPerDay
      var generator = SeriesGenerator(kind: kind, random: .init(seed: UInt64(number) + 5))
      let steps = (0..<count).map { _ in generator.next() }
      let residuals = steps.map { abs(kind.value($0) - kind.centre($0)) }.sorted()
      return 1.4826 * residuals[residuals.count / 2]
    }
    #expect(abs(mean(spreads) / expected - 1) < 0.08, "\(spreads)")
  }

  @Test("a series that is mostly of one value has a spread all the same")
  func zeros() {
    let zeros = series(.zeroInflated)
    let share = Double(zeros.values.count { $0 == 0 }) / Double(zeros.values.count)
    #expect(abs(share - 0.9) < 0.01)
    // E x² = .1 (16 + 3), E x = .4
    #expect(abs(zeros.spread / (1.9 - 0.16).squareRoot() - 1) < 0.06)
  }

  @Test(
    "a day or a week explains the variance of seasonal kinds",
    arguments: [
      (SeriesKind.season, 1, 0.05), (.weekly, 7, 0.2), (.weeklyAndDaily, 7, 0.2),
      (.officeHours, 7, 0.05), (.saturating, 1, 0.05), (.counts, 1, 0.25), (.percent, 1, 0.2),
      (.quantised, 1, 0.2), (.heteroscedastic, 1, 0.1),
    ])
  func seasons(kind: SeriesKind, days: Int, share: Double) {
    let values = series(kind).values
    #expect(unexplained(values, season: days * kind.stepsPerDay) < share)
    #expect(unexplained(values, season: kind.stepsPerDay * 3 / 8) > 0.5)
  }

  @Test("kinds without a season have none", arguments: SeriesKind.allCases.filter { !$0.hasSeason })
  func seasonless(kind: SeriesKind) {
    var generator = SeriesGenerator(kind: kind, random: .init(seed: 3))
    #expect((0..<2 * kind.stepsPerDay).allSatisfy { _ in generator.next().season == 0 })
  }

  @Test("a job runs once a day, for half an hour")
  func jobs() {
    let jobs = series(.batchJobs)
    let middle = jobs.values.sorted()[jobs.values.count / 2]
    let busy = jobs.values.count { $0 > middle + 20 * jobs.spread }
    #expect(busy == 6 * (Self.weeks * 7 + 4))
  }

  @Test("bursts come four times a day on average, and levels change twice")
  func events() {
    var generator = SeriesGenerator(kind: .regimes, random: .init(seed: 3))
    let days = 300
    var changes = 0
    var former = generator.next().level
    for _ in 1..<days * SeriesKind.regimes.stepsPerDay {
      let level = generator.next().level
      if level != former { changes += 1 }
      former = level
    }
    #expect(abs(Double(changes) / Double(days) - 2) < 0.4)
    var bursts = SeriesGenerator(kind: .bursts, random: .init(seed: 3))
    var noise: [Double] = []
    for _ in 0..<days * SeriesKind.bursts.stepsPerDay { noise.append(bursts.next().noise) }
    // A burst of mean 10 that fades by .8 has a sum of 50.
    #expect(abs(noise.reduce(0, +) / Double(days) - 200) < 25)
  }
}
