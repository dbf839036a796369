import Glibc

// What the statistics of a step say, and what is learned from them.

extension SeriesEvidence {
  /// What a step's evidence says.
  struct Judgement {
    /// The kind with the fewest incidents at least as strong.
    var evidence: Evidence
    /// ln of their number in a step.
    var logRate: Double
    /// The information of the joined evidence, which it learns from.
    var joint: Double
  }

  /// Judges the statistics by what was known before.
  func judge(_ statistics: Statistics, _ pool: TailPool) -> Judgement {
    var judgement = Judgement(evidence: .error, logRate: .infinity, joint: 0)
    forEachJoined(statistics, pool) { evidence, information in
      if information > judgement.joint {
        (judgement.evidence, judgement.joint) = (evidence, information)
      }
    }
    if count >= Self.countMinimum, judgement.joint > 0 {
      judgement.logRate = jointLogRate(of: judgement.joint, judgement.evidence, pool)
    }
    forEachSeparate(statistics, pool) { evidence, logRate in
      if logRate < judgement.logRate {
        (judgement.evidence, judgement.logRate) = (evidence, logRate)
      }
    }
    return judgement
  }

  /// How much each kind of evidence says: −ln of its number of incidents in a step.
  func strengths(
    _ statistics: Statistics, _ pool: TailPool
  ) -> [(evidence: Evidence, strength: Double)] {
    var strengths: [(evidence: Evidence, strength: Double)] = []
    if count >= Self.countMinimum {
      forEachJoined(statistics, pool) { evidence, information in
        guard information > 0 else { return }
        strengths.append((evidence, -jointLogRate(of: information, evidence, pool)))
      }
    }
    forEachSeparate(statistics, pool) { strengths.append(($0, -$1)) }
    return strengths
  }

  private func jointLogRate(
    of information: Double, _ evidence: Evidence, _ pool: TailPool
  ) -> Double {
    joint.logRate(of: information, pool.jointPrior) - log(evidence.budgetShare)
  }

  @inline(__always)
  private func forEachJoined(
    _ statistics: Statistics, _ pool: TailPool, _ body: (Evidence, Double) -> Void
  ) {
    if let error = statistics.error { body(.error, errorTail.information(of: error, pool.error)) }
    if let bias = statistics.bias { body(.bias, biasTail.information(of: bias, pool.bias)) }
    body(.level, levelTail.information(of: statistics.level, pool.level))
    if let change = statistics.change {
      body(.change, changeTail.information(of: change, pool.change))
    }
    if let range = statistics.range, range > 0, count > Self.countMinimum {
      body(.range, log(Double(count)) + min(5 * range, 20))
    }
  }

  @inline(__always)
  private func forEachSeparate(
    _ statistics: Statistics, _ pool: TailPool, _ body: (Evidence, Double) -> Void
  ) {
    func say(_ evidence: Evidence, _ logRate: Double?) {
      if let logRate { body(evidence, logRate - log(evidence.budgetShare)) }
    }
    if let value = statistics.variance {
      say(.variance, variance.logRate(of: value, .slow, share: pool.variance))
    }
    if let value = statistics.season {
      say(.season, seasonal.logRate(of: value, .slow, share: pool.season))
    }
    if let value = statistics.shift {
      say(.shift, shifted.logRate(of: value, .slow, share: pool.shift))
    }
    if let value = statistics.ahead {
      say(.ahead, foreseen.logRate(of: value, .slow, share: pool.ahead))
    }
    if let value = statistics.interval, statistics.isIntervalKnown {
      say(.interval, interval.logRate(of: value, .quick, share: pool.interval))
    }
    if count > Self.countMinimum { say(.flat, flat.logRate(count: Double(count))) }
    say(.points, statistics.points)
  }

  /// Learns from the statistics of a step that was judged.
  ///
  /// - Parameter isUnusual: whether it is as rare as once in a week: little is learned from it.
  mutating func learn(
    _ statistics: Statistics, joint information: Double, isUnusual: Bool, _ pace: DetectionPace,
    _ pool: TailPool
  ) {
    let weight = isUnusual ? 0.3 : 1
    if let error = statistics.error {
      errorTail.learn(error, weight: weight, pace: pace.pace, pool.error)
    }
    if let bias = statistics.bias {
      biasTail.learn(bias, weight: weight, pace: pace.pace, pool.bias)
    }
    levelTail.learn(statistics.level, weight: weight, pace: pace.pace, pool.level)
    if let change = statistics.change {
      changeTail.learn(change, weight: weight, pace: pace.pace, pool.change)
    }
    if count >= 24 { learnJoint(information, pace, pool) }
    if let value = statistics.variance {
      variance.learn(value, .slow, pace: pace.pace, share: pool.variance)
    }
    if let value = statistics.season {
      seasonal.learn(value, .slow, pace: pace.pace, share: pool.season)
    }
    if let value = statistics.shift {
      shifted.learn(value, .slow, pace: pace.pace, share: pool.shift)
    }
    if let value = statistics.ahead {
      foreseen.learn(value, .slow, pace: pace.pace, share: pool.ahead)
    }
    if let value = statistics.interval {
      interval.learn(value, .quick, pace: pace.pace, share: pool.interval)
    }
  }

  private mutating func learnJoint(
    _ information: Double, _ pace: DetectionPace, _ pool: TailPool
  ) {
    if joint.threshold == 0 { joint.threshold = 5 }
    let number = Double(count)
    let share = max(0.002, min(0.02, 20 / number))
    let gain = max(0.06 * pace.pace, 9 / number)
    let former = joint.threshold
    joint.learn(information, above: former, count: number, pool.jointPrior)
    let isAbove = information > Double(former)
    joint.threshold = Float(
      max(0.5, Double(former) + (isAbove ? gain * (1 - share) : -gain * share)))
  }
}
