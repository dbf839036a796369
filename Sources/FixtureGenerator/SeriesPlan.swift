/// The places of the anomalies and the other events of one series.
///
/// The first third is free of anomalies, so that a model can learn what is usual; the rest is cut
/// into as many equal parts as there are anomalies, one in each, which keeps them apart.
struct SeriesPlan {
  private(set) var anomalies: [Occurrence<AnomalyKind>] = []
  private(set) var benign: [Occurrence<BenignKind>] = []

  private let steps: Int

  /// Random places that are tried before an event is left out.
  private static let attempts = 64

  /// - Parameters:
  ///   - round: how many series of the same shape came before.
  ///   - isPlaceable: whether an anomaly would show at that step.
  init(
    shape: SeriesShape, round: Int, steps: Int, random: inout FixtureRandom,
    isPlaceable: (Int) -> Bool
  ) {
    self.steps = steps
    placeAnomalies(of: shape, round: round, random: &random, isPlaceable: isPlaceable)
    switch shape {
    case .counterResets: placeBenign(.counterReset, count: 3, lengths: 1...1, random: &random)
    case .regimes: placeBenign(.levelChange, count: 3, lengths: 1...1, random: &random)
    case .gaps: placeBenign(.gap, count: max(1, steps / 60), lengths: 1...5, random: &random)
    default: break
    }
  }

  private mutating func placeAnomalies(
    of shape: SeriesShape, round: Int, random: inout FixtureRandom, isPlaceable: (Int) -> Bool
  ) {
    let first = steps / 3
    let count = steps < 60 ? 0 : max(1, (steps - first) / 400)
    for number in 0..<count {
      let kind = shape.anomalyKinds[(number + round) % shape.anomalyKinds.count]
      let lower = first + (steps - first) * number / count
      let upper = first + (steps - first) * (number + 1) / count
      let longest = max(1, (upper - lower) / 3)
      let length = min(longest, random.integer(in: kind.durations))
      // Half of the longest is left free at the end of the part, as a distance to the next.
      let latest = max(lower, upper - length - longest / 2)
      for _ in 0..<Self.attempts {
        let start = random.integer(in: lower...latest)
        let span = start...(start + length - 1)
        guard span.allSatisfy(isPlaceable) else { continue }
        anomalies.append(.init(kind: kind, steps: span))
        break
      }
    }
  }

  private mutating func placeBenign(
    _ kind: BenignKind, count: Int, lengths: ClosedRange<Int>, random: inout FixtureRandom
  ) {
    for number in 0..<count {
      let lower = max(1, steps * number / count)
      let upper = steps * (number + 1) / count - 1 - lengths.upperBound
      guard lower <= upper else { continue }
      let length = random.integer(in: lengths)
      for _ in 0..<Self.attempts {
        let start = random.integer(in: lower...upper)
        let span = start...(start + length - 1)
        // A step on either side keeps a reset or a gap from being read as part of the anomaly.
        let margin = (start - 1)...(start + length)
        if anomalies.contains(where: { $0.steps.overlaps(margin) }) { continue }
        benign.append(.init(kind: kind, steps: span))
        break
      }
    }
  }
}
