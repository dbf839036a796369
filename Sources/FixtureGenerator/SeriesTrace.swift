/// The undisturbed values of one series, and the size of what would disturb them.
struct SeriesTrace {
  /// The values; of a counter the increments.
  var values: [Double]
  /// Size of the usual noise: anomalies are multiples of it.
  let noise: Double
  let bounds: ClosedRange<Double>

  private static let unbounded = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
  private static let positive = 0...Double.greatestFiniteMagnitude

  /// - Parameter phase: when the day begins for this series, in days.
  init(
    shape: SeriesShape, specification: FixtureSpecification, plan: SeriesPlan, phase: Double,
    random: inout FixtureRandom
  ) {
    let steps = 0..<specification.steps
    func season(_ step: Int) -> Double {
      Self.season(specification.dayFraction(of: step) + phase)
    }
    switch shape {
    case .dailySeason:
      let level = random.uniform(40...50)
      let swing = random.uniform(20...30)
      values = steps.map { level + swing * season($0) + 2 * random.gaussian() }
      (noise, bounds) = (2, 0...100)
    case .weeklyHeavyTail:
      let level = random.uniform(800...1200)
      values = steps.map { step in
        let swing = specification.isWeekend(step) ? 120.0 : 300
        return level + swing * season(step) + 12 * random.heavyTailed()
      }
      // Outliers of ten times the scale belong to the noise: three times as much is an anomaly.
      (noise, bounds) = (36, Self.unbounded)
    case .counterResets:
      let rate = random.uniform(500...2000) * Double(specification.intervalSeconds)
      values = steps.map { rate * (1 + 0.5 * season($0) + 0.03 * random.gaussian()) }
      (noise, bounds) = (0.03 * rate, Self.positive)
    case .drift:
      let level = random.uniform(10...20)
      let slope = random.uniform(20...40) / Double(specification.steps)
      values = steps.map {
        level + slope * Double($0) + 4 * season($0) + 0.5 * random.gaussian()
      }
      (noise, bounds) = (0.5, Self.unbounded)
    case .regimes:
      values = Self.regimes(count: specification.steps, plan: plan, random: &random)
      (noise, bounds) = (3, Self.unbounded)
    case .zeroInflated:
      values = steps.map { Self.count(chance: 0.12 + 0.1 * season($0), random: &random) }
      (noise, bounds) = (5, Self.positive)
    case .binary:
      values = steps.map { Self.isOff(specification.dayFraction(of: $0) + phase) ? 0 : 1 }
      (noise, bounds) = (1, 0...1)
    case .constant:
      values = steps.map { _ in 64 }
      (noise, bounds) = (2, Self.unbounded)
    case .huge:
      values = steps.map { 1e15 * (1 + 0.2 * season($0) + 0.01 * random.gaussian()) }
      (noise, bounds) = (1e13, Self.unbounded)
    case .tiny:
      values = steps.map { 1e-12 * (2 + 0.8 * season($0) + 0.05 * random.gaussian()) }
      (noise, bounds) = (0.05e-12, Self.unbounded)
    case .gaps:
      var previous = 0.0
      let level = random.uniform(-20...20)
      values = steps.map { step in
        previous = 0.8 * previous + 0.6 * random.gaussian()
        return level + 8 * season(step) + previous
      }
      (noise, bounds) = (1, Self.unbounded)
    case .latency:
      let level = random.uniform(20...60)
      values = steps.map {
        level * (1 + 0.5 * season($0)) * (0.8 + 0.2 * random.exponential())
      }
      (noise, bounds) = (0.4 * level, Self.positive)
    }
  }

  /// Whether a binary series is off at that time of its day: for two hours.
  static func isOff(_ days: Double) -> Bool {
    days - days.rounded(.down) < 1.0 / 12
  }

  /// A day's pattern within ±1: one wave with a shorter one on top.
  static func season(_ days: Double) -> Double {
    0.8 * wave(days) + 0.2 * wave(2 * days + 0.2)
  }

  /// Sine of a number of full turns, to 5e-6, by arithmetic that is the same on every machine.
  ///
  /// - Source: Taylor's series to the ninth power, within a quarter turn.
  static func wave(_ turns: Double) -> Double {
    var turn = turns - turns.rounded(.down)
    if turn > 0.75 { turn -= 1 } else if turn > 0.25 { turn = 0.5 - turn }
    let x = turn * 2 * Double.pi
    let square = x * x
    let inner = 1.0 / 120 - square * (1.0 / 5040 - square / 362_880)
    return x * (1 - square * (1.0 / 6 - square * inner))
  }

  private static func regimes(
    count: Int, plan: SeriesPlan, random: inout FixtureRandom
  ) -> [Double] {
    let changes = Set(plan.benign.map(\.steps.lowerBound))
    var level = random.uniform(100...200)
    return (0..<count).map { step in
      if changes.contains(step) {
        level += random.uniform(30...60) * (random.uniform() < 0.5 ? -1 : 1)
      }
      return level + 3 * random.gaussian()
    }
  }

  /// Zero, or with the given chance a geometric count from 1.
  private static func count(chance: Double, random: inout FixtureRandom) -> Double {
    guard random.uniform() < chance else { return 0 }
    var count = 1.0
    while random.uniform() < 0.5 { count += 1 }
    return count
  }
}
