import Glibc
package import TimeSeries

/// Judges each step of every series by comparing it with the forecast that was made for it.
///
/// The score is −log10 of the smaller of two probabilities: that of the scaled error of the step,
/// |value − median| / spread, among the errors of the series (`ErrorTail`), and that of the last
/// few errors together, if they are all on one side (`CombinedEvidence`). docs/anomalies.md has the
/// rules and the measured rates.
///
/// - Source: Lavin & Ahmad 2015 ("Evaluating real-time anomaly detection algorithms", §III-C) judge
///   the likelihood of recent errors instead of comparing values with a threshold. They use a
///   Gaussian tail; here the tail is that of the series.
package struct AnomalyTable: SeriesTable {
  /// The highest score. Smaller probabilities cannot be told apart.
  package static let scoreMaximum = 20.0
  /// Factor by which the smaller of two probabilities is more often small than one of them. It is
  /// below the bound of 2 because the two are dependent (measured).
  static let chances = 1.25
  /// Number of anomalous steps in a row after which the level counts as the new normal.
  static let acceptedRun = 16
  /// Number of anomalous steps within the last few thousand (fading) after which anomalies count as
  /// normal.
  static let acceptedLoad: Float = 24
  static let loadMemory: Float = 2048
  /// Upper bounds, in units, of an ordinary and of an anomalous error that enters the ring.
  static let ordinaryClip = 8.0
  static let anomalousClip = ErrorTail.tailStart
  /// A spread below this share of the value is within the precision of a Float64.
  static let precision = 1e-13
  /// The smallest unit of errors, in spreads of the forecast.
  static let unitMinimum = 1e-6
  /// Number of missing steps over which the expected errors grow.
  static let gapMaximum = 32
  /// Number of steps after a restart in which nothing is flagged, because the forecaster has begun
  /// anew.
  static let restartSteps = 16
  /// Deviations below this share of the value count as rounding, unless the series is known to vary
  /// by less (`ErrorTail.isVaried`).
  static let relativeFloor = 1e-6
  static let absoluteFloor = 1e-12

  package let settings: AnomalySettings

  // The forecast for the next step.
  var forecastTime = Column<Int64>(width: 1, initial: .min)
  var median = Column<Double>(width: 1, initial: 0)
  /// Distances of the low and the high end from the median, then the spread.
  var interval = Column<Float>(width: Self.intervalWidth, initial: 0)

  // The distribution of the errors of the series.
  var errors = Column<Float>(width: ErrorTail.ringLength, initial: 0)
  /// Number of errors that entered the ring. The next one is stored at this number modulo the
  /// length of the ring.
  var errorCount = Column<Int32>(width: 1, initial: 0)
  /// `ErrorTail.Moments`, `CombinedEvidence.Calibration` and the load of anomalies.
  var moments: Column<Float>

  /// Evidence of the last steps, newest first: −ln of the probability of each, with the sign turned
  /// if the value was below the median; zero if there is none. The width is the largest that can be
  /// configured, so that a snapshot fits another number of steps.
  var evidence: Column<Float>
  /// Anomalous steps in a row.
  var run = Column<Int32>(width: 1, initial: 0)
  /// Missing steps in a row.
  var missing = Column<Int32>(width: 1, initial: 0)
  /// Steps since the last record of the excursion.
  var sinceReport = Column<Int32>(width: 1, initial: 0)
  /// Ordinary steps of an excursion since its last anomalous one.
  var calmSteps = Column<Int32>(width: 1, initial: 0)
  /// The highest severity that was reported in the present excursion; zero if there is none.
  var reported = Column<UInt8>(width: 1, initial: 0)
  /// The present excursion: median and spread of the forecast for its first step, and the value of
  /// its newest anomalous step.
  var excursions = Column<Double>(width: Self.excursionWidth, initial: 0)

  package init(settings: AnomalySettings) {
    self.settings = settings
    moments = Column(width: Self.momentsWidth, initial: 0)
    evidence = Column(width: AnomalySettings.smoothingMaximum, initial: 0)
  }

  package var count: Int { reported.count }

  /// Whether the series has been missing for at least `silentAfter` steps.
  package func isSilent(row: Int) -> Bool {
    settings.silentAfter > 0 && Int(missing[row]) >= settings.silentAfter
  }

  /// Stores the forecast for the next bucket of the series. A forecast that is not finite counts as
  /// none.
  ///
  /// - Parameters:
  ///   - time: end of the bucket that the forecast is for.
  ///   - spread: a scale of the expected errors, such as the width of the interval. Only its
  ///     changes from step to step matter.
  package mutating func expect(
    row: Int, time: Milliseconds, median: Double, low: Double, high: Double, spread: Double
  ) {
    guard median.isFinite, low.isFinite, high.isFinite, spread.isFinite, spread >= 0 else {
      forecastTime[row] = .min
      return
    }
    forecastTime[row] = time
    setExpectation(
      Expectation(
        median: median, low: Self.single(low - median), high: Self.single(high - median),
        spread: Self.single(spread)), row: row)
  }

  /// A number in single precision, never infinite.
  private static func single(_ value: Double) -> Float {
    let limit = 1e38
    return Float(min(max(value, -limit), limit))
  }

  /// Judges a step and updates the error distribution of its series.
  ///
  /// - Complexity: O(ring length), without allocation.
  package mutating func score(_ step: Step) -> AnomalyVerdict {
    let row = Int(step.row)
    var verdict = AnomalyVerdict()
    guard settings.enabled else { return verdict }
    if step.isRestart {
      clearEvidence(row: row)
      reported[row] = 0
      run[row] = 0
      forecastTime[row] = .min
      relearn(row: row)
    }
    if forecastTime[row] == step.time {
      let expectation = expectation(row: row)
      verdict.expected = expectation.median
      verdict.low = expectation.median + Double(expectation.low)
      verdict.high = expectation.median + Double(expectation.high)
    }
    if step.isMasked {
      noteMissing(step, row: row, verdict: &verdict)
    } else {
      let gap = Int(missing[row])
      let anomalousSteps = gap == 0 ? Int(run[row]) : 0
      missing[row] = 0
      if forecastTime[row] == step.time {
        judge(row: row, value: step.value, gap: gap, verdict: &verdict)
        if isWayBack(row: row, value: step.value, after: anomalousSteps, verdict) {
          verdict.excursionSteps = anomalousSteps
        }
      }
    }
    return verdict
  }

  private mutating func noteMissing(_ step: Step, row: Int, verdict: inout AnomalyVerdict) {
    if step.flags.contains(.valueless) {
      missing[row] = 0
      return
    }
    if missing[row] < .max { missing[row] += 1 }
    guard settings.silentAfter > 0, Int(missing[row]) == settings.silentAfter else { return }
    verdict.kind = .silent
    verdict.severity = .warning
    verdict.isReported = true
  }

  /// - Parameter gap: number of missing steps before this one.
  private mutating func judge(
    row: Int, value: Double, gap: Int, verdict: inout AnomalyVerdict
  ) {
    let rounding =
      Self.absoluteFloor + Self.relativeFloor * max(abs(median[row]), abs(value))
    var (deviation, spread) = nearestDeviation(row: row, value: value)
    // The forecast was made for the next step, but its newest value is older by the gap.
    if gap > 1 { spread *= Double(min(gap, Self.gapMaximum)).squareRoot() }
    spread = max(spread, Self.precision * max(abs(median[row]), abs(value)), Self.absoluteFloor)
    // The bound fits into a Float32. Larger errors need not be told apart.
    let size = min(abs(deviation) / spread, 1e30)
    var tail = tailMoments(row: row)
    let ring = errors.elements.withUnsafeBufferPointer { elements in
      let first = row * ErrorTail.ringLength
      let length = min(Int(errorCount[row]), ErrorTail.ringLength)
      let ring = UnsafeBufferPointer(rebasing: elements[first..<first + length])
      var unit = ErrorTail.unit(ring, moments: tail, floor: Self.unitMinimum)
      if unit * spread < rounding, !ErrorTail.isVaried(ring) { unit = rounding / spread }
      return (
        unit: unit,
        probability: ErrorTail.probability(of: size, unit: unit, ring: ring, moments: tail)
      )
    }
    let isKnown = Int(errorCount[row]) >= ErrorTail.fewestErrors
    if isKnown {
      verdict.isScored = true
      verdict.side = deviation > 0 ? .above : deviation < 0 ? .below : .none
      rate(row: row, probability: ring.probability, verdict: &verdict)
      applyRules(row: row, deviation: abs(deviation), verdict: &verdict)
    }
    let isAccepted = noteAnomaly(row: row, isAnomalous: verdict.isAnomalous)
    verdict.isExcludedFromTraining = verdict.isAnomalous && !isAccepted
    report(row: row, verdict: &verdict)
    if verdict.isAnomalous { noteExcursion(newest: value, row: row) }
    if isKnown {
      ErrorTail.learn(size, unit: ring.unit, moments: &tail)
    } else {
      ErrorTail.learnFirst(size, moments: &tail)
    }
    setTailMoments(tail, row: row)
    let clip = verdict.isAnomalous ? Self.anomalousClip : Self.ordinaryClip
    let entry = isAccepted || !isKnown ? size : min(size, clip * ring.unit)
    append(error: Float(entry), row: row)
  }

  /// The deviation of a value from the newest forecast or, within an excursion, from the forecast
  /// for the first step of the excursion, if that is nearer. A return is no anomaly, although a
  /// forecaster that has seen the excursion may expect it to last.
  ///
  /// - Returns: value − median, and the spread of the same forecast, above zero.
  private func nearestDeviation(
    row: Int, value: Double
  ) -> (deviation: Double, spread: Double) {
    let expectation = expectation(row: row)
    let deviation = value - expectation.median
    let least = Self.precision * max(abs(median[row]), abs(value)) + Self.absoluteFloor
    let spread = max(Double(expectation.spread), least)
    guard reported[row] > 0 else { return (deviation, spread) }
    let excursion = excursion(row: row)
    let earlier = value - excursion.median
    let earlierSpread = max(excursion.spread, least)
    return abs(earlier) / earlierSpread < abs(deviation) / spread
      ? (earlier, earlierSpread) : (deviation, spread)
  }

  /// Whether an ordinary step ends a short excursion by a return, and not by staying at a level
  /// that the forecaster has followed.
  private func isWayBack(
    row: Int, value: Double, after anomalousSteps: Int, _ verdict: AnomalyVerdict
  ) -> Bool {
    guard !verdict.isAnomalous, 1...settings.smoothingSteps ~= anomalousSteps else { return false }
    let excursion = excursion(row: row)
    return abs(value - excursion.median) < abs(value - excursion.newest)
  }

  /// Fills in the score, and the kind of the evidence that it comes from.
  private mutating func rate(row: Int, probability: Double, verdict: inout AnomalyVerdict) {
    let width = settings.smoothingSteps
    let first = row * evidence.width
    for index in stride(from: width - 1, to: 0, by: -1) {
      evidence.elements[first + index] = evidence.elements[first + index - 1]
    }
    // The evidence of a single step is bounded, so that it cannot lift a combination over the
    // threshold alone. Otherwise the ordinary steps after a spike would be flagged too.
    let information = min(-log(max(probability, 1e-30)), 0.75 * settings.threshold * log(10))
    evidence.elements[first] = Float(verdict.side == .below ? -information : information)

    // If a direction is given, only half of the deviations can be alarms.
    let chances = (width > 1 ? Self.chances : 1) * (settings.direction == .both ? 1 : 0.5)
    var best = probability
    verdict.kind = .point
    if width > 1 {
      var sum = 0.0
      var isOneSided = true
      for index in first..<first + width {
        let one = Double(evidence.elements[index])
        sum += abs(one)
        if one * Double(evidence.elements[first]) <= 0 { isOneSided = false }
      }
      let combined = calibrated(
        isOneSided ? CombinedEvidence.probability(negativeLogSum: sum, count: width) : 1, row: row)
      if combined < best {
        best = combined
        verdict.kind = .sustained
      }
    }
    verdict.score = min(max(-log10(max(best * chances, 1e-30)), 0), Self.scoreMaximum)
  }

  /// Corrects a combined probability by the history of the series. Updates that history, except in
  /// the middle of an anomaly.
  private mutating func calibrated(_ probability: Double, row: Int) -> Double {
    var calibration = evidenceCalibration(row: row)
    let result = CombinedEvidence.calibrated(probability, calibration)
    if run[row] == 0 {
      let errors = tailMoments(row: row).errors
      CombinedEvidence.learn(probability, errors: errors, &calibration)
      setEvidenceCalibration(calibration, row: row)
    }
    return result
  }

  /// Applies direction, thresholds, minimum deviations and the learning time: sets the severity, or
  /// sets the kind to none if the step is not flagged.
  private func applyRules(row: Int, deviation: Double, verdict: inout AnomalyVerdict) {
    let isRightSide =
      switch settings.direction {
      case .both: true
      case .up: verdict.side == .above
      case .down: verdict.side == .below
      }
    if !isRightSide { verdict.score = 0 }
    let least = max(
      settings.minimumDeviation, settings.minimumRelativeDeviation * abs(median[row]))
    let isFlagged =
      verdict.score >= settings.threshold && deviation >= least
      && Int(errorCount[row]) >= settings.learningSteps
    guard isFlagged else {
      verdict.kind = .none
      return
    }
    verdict.severity = verdict.score >= settings.criticalThreshold ? .critical : .warning
  }

  /// Counts the anomalous steps in a row, and updates their load.
  ///
  /// - Returns: whether anomalous steps are so many that they count as the new normal.
  private mutating func noteAnomaly(row: Int, isAnomalous: Bool) -> Bool {
    run[row] = isAnomalous ? min(run[row] + 1, 1_000_000) : 0
    let load = load(row: row) * (1 - 1 / Self.loadMemory) + (isAnomalous ? 1 : 0)
    setLoad(load, row: row)
    return Int(run[row]) > Self.acceptedRun || load > Self.acceptedLoad
  }

  /// Decides whether a record is due. An excursion ends after `smoothingSteps` ordinary steps,
  /// because an anomalous step stays in the combined evidence that long.
  private mutating func report(row: Int, verdict: inout AnomalyVerdict) {
    guard verdict.isAnomalous else {
      guard reported[row] > 0 else { return }
      calmSteps[row] += 1
      sinceReport[row] = min(sinceReport[row] + 1, 1_000_000)
      if Int(calmSteps[row]) >= settings.smoothingSteps { reported[row] = 0 }
      return
    }
    if reported[row] == 0 { beginExcursion(row: row) }
    calmSteps[row] = 0
    sinceReport[row] = min(sinceReport[row] + 1, 1_000_000)
    let isReminder = settings.refractory > 0 && Int(sinceReport[row]) >= settings.refractory
    if reported[row] < verdict.severity.rawValue || isReminder {
      verdict.isReported = true
      reported[row] = max(reported[row], verdict.severity.rawValue)
      sinceReport[row] = 0
    }
  }

  /// Flags nothing for the next steps. The ring keeps the errors from before the restart.
  private mutating func relearn(row: Int) {
    let known = max(settings.learningSteps - Self.restartSteps, 0)
    errorCount[row] = min(errorCount[row], Int32(known))
  }

  private mutating func clearEvidence(row: Int) {
    for index in row * evidence.width..<(row + 1) * evidence.width { evidence.elements[index] = 0 }
  }

  private mutating func append(error: Float, row: Int) {
    let position = Int(errorCount[row]) % ErrorTail.ringLength
    errors.elements[row * ErrorTail.ringLength + position] = error
    // The count is reduced before it overflows. Its limit is a multiple of the ring length, so the
    // position in the ring stays the same.
    let next = errorCount[row] + 1
    errorCount[row] = next >= 1 << 24 ? next - 1 << 23 : next
  }
}
