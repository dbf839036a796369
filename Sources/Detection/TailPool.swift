package import TimeSeries

/// What the series of a stream have in common in the tails of their statistics. It stands in for what a
/// young series does not know: with a thousand series, the hundred first steps tell as much of a tail as
/// a hundred thousand steps of one.
///
/// It is renewed at certain event times, so that one input gives one output.
package struct TailPool: Sendable, Equatable {
  var error = ExceedanceTail.Prior()
  var bias = ExceedanceTail.Prior()
  var level = ExceedanceTail.Prior()
  var change = ExceedanceTail.Prior()
  /// Mean excess of the joined evidence's incidents.
  var joint = 1.0
  // The same of other evidence, as shares of their thresholds.
  var interval = SeparateEvidence.priorShare
  var variance = SeparateEvidence.priorShare
  var season = SeparateEvidence.priorShare
  var shift = SeparateEvidence.priorShare
  var ahead = SeparateEvidence.priorShare
  /// Event time from which on the pool is renewed; `.min` before the first step.
  package private(set) var nextRenewal = Milliseconds.min

  /// Steps between two renewals.
  private static let period: Milliseconds = 64
  /// Excesses, and incidents, for which the prior counts in the pool.
  private static let priorExcesses = 50.0
  private static let priorIncidents = 20.0
  /// Excesses of the pool with which it counts half as much again for a series, and how much at most.
  private static let trustedExcesses = 1_000.0

  var jointPrior: IncidentTail.Prior { IncidentTail.Prior(mean: joint, leastShare: 0, gap: 8) }

  package init() {}

  /// Notes that the pool was renewed.
  mutating func noteRenewal(at time: Milliseconds, interval: Milliseconds) {
    nextRenewal = time + Self.period * interval
  }

  /// Sums of what the series know.
  struct Sums {
    fileprivate struct Excesses {
      var count = 0.0
      var mean = 0.0
      var halfDifference = 0.0

      mutating func add(_ tail: ExceedanceTail) {
        guard tail.threshold > 0, tail.excessCount > 0 else { return }
        let weight = Double(tail.excessCount)
        count += weight
        mean += weight * Double(tail.mean / tail.threshold)
        halfDifference += weight * Double(tail.halfDifference / tail.threshold)
      }

      var prior: ExceedanceTail.Prior {
        var prior = ExceedanceTail.Prior()
        let weight = count + priorExcesses
        let pooledMean = (mean + priorExcesses * prior.mean) / weight
        let expected = prior.mean / (2 - prior.shape)
        let difference = (halfDifference + priorExcesses * expected) / weight
        let shapes = ExceedanceTail.shapes
        prior.mean = pooledMean
        prior.shape = min(
          max(2 - pooledMean / max(difference, 1e-12), shapes.lowerBound), shapes.upperBound)
        prior.count += prior.count * count / (count + trustedExcesses)
        return prior
      }
    }

    fileprivate struct Incidents {
      var count = 0.0
      var mean = 0.0

      mutating func add(_ tail: IncidentTail, scale: Float) {
        guard scale > 0, tail.clusterCount > 0 else { return }
        count += Double(tail.clusterCount)
        mean += Double(Float(tail.clusterCount) * tail.mean / scale)
      }

      func pooled(_ prior: Double) -> Double {
        (mean + priorIncidents * prior) / (count + priorIncidents)
      }
    }

    private(set) var seriesCount = 0
    private var error = Excesses()
    private var bias = Excesses()
    private var level = Excesses()
    private var change = Excesses()
    private var joint = Incidents()
    private var interval = Incidents()
    private var variance = Incidents()
    private var season = Incidents()
    private var shift = Incidents()
    private var ahead = Incidents()

    mutating func add(_ evidence: SeriesEvidence) {
      guard evidence.count >= SeriesEvidence.countMinimum else { return }
      seriesCount += 1
      error.add(evidence.errorTail)
      bias.add(evidence.biasTail)
      level.add(evidence.levelTail)
      change.add(evidence.changeTail)
      joint.add(evidence.joint, scale: 1)
      interval.add(evidence.interval.incidents, scale: evidence.interval.incidents.threshold)
      variance.add(evidence.variance.incidents, scale: evidence.variance.incidents.threshold)
      season.add(evidence.seasonal.incidents, scale: evidence.seasonal.incidents.threshold)
      shift.add(evidence.shifted.incidents, scale: evidence.shifted.incidents.threshold)
      ahead.add(evidence.foreseen.incidents, scale: evidence.foreseen.incidents.threshold)
    }

    /// A series that is alone has nothing in common with others.
    fileprivate func set(_ pool: inout TailPool) {
      guard seriesCount > 1 else { return }
      pool.error = error.prior
      pool.bias = bias.prior
      pool.level = level.prior
      pool.change = change.prior
      pool.joint = joint.pooled(1)
      pool.interval = interval.pooled(SeparateEvidence.priorShare)
      pool.variance = variance.pooled(SeparateEvidence.priorShare)
      pool.season = season.pooled(SeparateEvidence.priorShare)
      pool.shift = shift.pooled(SeparateEvidence.priorShare)
      pool.ahead = ahead.pooled(SeparateEvidence.priorShare)
    }
  }

  mutating func take(_ sums: Sums) { sums.set(&self) }

  // MARK: - Text

  /// The form in a snapshot.
  package var text: String {
    let tails = [error, bias, level, change].flatMap { [$0.mean, $0.shape, $0.count] }
    let numbers = tails + [joint, interval, variance, season, shift, ahead]
    return "\(nextRenewal) " + numbers.map { "\($0)" }.joined(separator: " ")
  }

  /// - Returns: `nil` if it cannot be read.
  package init?(text: String) {
    let words = text.split(separator: " ")
    guard words.count == 19, let time = Milliseconds(words[0]) else { return nil }
    let numbers = words[1...].compactMap { Double($0) }
    guard numbers.count == 18, numbers.allSatisfy(\.isFinite) else { return nil }
    func tail(_ first: Int) -> ExceedanceTail.Prior {
      ExceedanceTail.Prior(
        mean: numbers[first], shape: numbers[first + 1], count: numbers[first + 2])
    }
    (error, bias, level, change) = (tail(0), tail(3), tail(6), tail(9))
    (joint, interval, variance) = (numbers[12], numbers[13], numbers[14])
    (season, shift, ahead) = (numbers[15], numbers[16], numbers[17])
    nextRenewal = time
  }
}

extension AnomalyTable {
  /// Renews what the series have in common.
  ///
  /// - Complexity: O(rows).
  package mutating func renewPool(at time: Milliseconds, interval: Milliseconds) {
    var sums = TailPool.Sums()
    for row in 0..<count { withState(row: row) { evidence, _ in sums.add(evidence) } }
    pool.take(sums)
    pool.noteRenewal(at: time, interval: interval)
  }

  /// Puts back a pool of before.
  package mutating func restorePool(_ saved: TailPool) { pool = saved }
}
