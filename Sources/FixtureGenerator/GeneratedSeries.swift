/// One series of a generated fixture, with its anomalies and events.
package struct GeneratedSeries: Sendable {
  package let name: String
  package let shape: SeriesShape
  /// Nil where the series has no value.
  package let values: [Double?]
  package let anomalies: [Occurrence<AnomalyKind>]
  package let benign: [Occurrence<BenignKind>]

  /// The series of that number depends on the seed and its number only, not on how many there are.
  package init(number: Int, of specification: FixtureSpecification) {
    let shapes = specification.shapes
    let shape = shapes[number % shapes.count]
    self.shape = shape
    name = shape.rawValue + "_" + Self.padded(number)
    var planning = FixtureRandom(seed: specification.seed, stream: UInt64(number) * 3)
    var noise = FixtureRandom(seed: specification.seed, stream: UInt64(number) * 3 + 1)
    var disturbing = FixtureRandom(seed: specification.seed, stream: UInt64(number) * 3 + 2)

    let phase = planning.uniform()
    let isBinary = shape == .binary
    let plan = SeriesPlan(
      shape: shape, round: number / shapes.count, steps: specification.steps, random: &planning
    ) { step in
      !isBinary || !SeriesTrace.isOff(specification.dayFraction(of: step) + phase)
    }
    var trace = SeriesTrace(
      shape: shape, specification: specification, plan: plan, phase: phase, random: &noise)
    for anomaly in plan.anomalies {
      trace.disturb(anomaly, ofCounter: shape == .counterResets, random: &disturbing)
    }
    trace.values = trace.values.map { value in
      let bounded = min(max(value, trace.bounds.lowerBound), trace.bounds.upperBound)
      return shape.isInteger ? bounded.rounded() : bounded
    }
    if shape == .counterResets {
      trace.values = Self.accumulated(trace.values, resets: plan.benign)
    }
    anomalies = plan.anomalies
    benign = plan.benign
    values = Self.withoutMissing(trace.values, plan: plan)
  }

  private static func padded(_ number: Int) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }

  private static func accumulated(
    _ increments: [Double], resets: [Occurrence<BenignKind>]
  ) -> [Double] {
    let restarts = Set(resets.map(\.steps.lowerBound))
    var total = 0.0
    return increments.enumerated().map { step, increment in
      total = restarts.contains(step) ? 0 : total + increment
      return total
    }
  }

  private static func withoutMissing(_ values: [Double], plan: SeriesPlan) -> [Double?] {
    var kept = values.map { Optional($0) }
    for anomaly in plan.anomalies where anomaly.kind == .silence {
      for step in anomaly.steps { kept[step] = nil }
    }
    for happening in plan.benign where happening.kind == .gap {
      for step in happening.steps { kept[step] = nil }
    }
    return kept
  }
}

extension SeriesTrace {
  fileprivate mutating func disturb(
    _ anomaly: Occurrence<AnomalyKind>, ofCounter isCounter: Bool, random: inout FixtureRandom
  ) {
    let before = isCounter ? 0 : values[max(0, anomaly.steps.lowerBound - 1)]
    let shift = random.uniform(6...10) * noise * (random.uniform() < 0.5 ? -1 : 1)
    for step in anomaly.steps {
      switch anomaly.kind {
      case .spike: values[step] += random.uniform(10...16) * noise
      case .dip: values[step] -= random.uniform(10...16) * noise
      case .levelShift: values[step] += shift
      case .flatLine: values[step] = before
      case .varianceBurst: values[step] += 6 * noise * random.gaussian()
      case .silence: break
      }
    }
  }
}
