import Glibc
package import TimeSeries

/// Judges each step of every series by the forecast that was made for it.
///
/// The score is −log10 of how improbable the step's scaled error |value − median| / spread is among
/// the series' own (`ErrorTail`), or, where that says more, how improbable the last few errors on
/// one side are together (`CombinedEvidence`). docs/anomalies.md has the rules and the measured
/// rates.
///
/// - Source: the likelihood of recent errors instead of a threshold on values is Lavin & Ahmad 2015
///   ("Evaluating real-time anomaly detection algorithms", §III-C); here the tail is the series' own
///   instead of a Gaussian.
package struct AnomalyTable: SeriesTable {
  /// No score is higher: what is rarer cannot be told from it.
  package static let scoreMaximum = 20.0
  /// By how much taking the better of two probabilities makes small ones more frequent: below the
  /// bound of 2, since the two go together (measured).
  static let chances = 1.25
  /// Anomalous steps in a row after which the level is taken for the new normal.
  static let acceptedRun = 16
  /// Anomalous steps in the last few thousand (fading) after which anomalies are normal.
  static let acceptedLoad: Float = 24
  static let loadMemory: Float = 2048
  /// An ordinary error enters the ring with at most this many units, an anomalous one with less.
  static let ordinaryClip = 8.0
  static let anomalousClip = ErrorTail.tailStart
  /// Deviations below this fraction of the value are rounding.
  static let relativeFloor = 1e-6
  static let absoluteFloor = 1e-12

  package let settings: AnomalySettings

  // The forecast for one coming step.
  var forecastTime = Column<Int64>(width: 1, initial: .min)
  var median = Column<Double>(width: 1, initial: 0)
  /// Low and high as distances from the median, and the spread.
  var interval = Column<Float>(width: Self.intervalWidth, initial: 0)

  // What the series' errors are like.
  var errors = Column<Float>(width: ErrorTail.ringLength, initial: 0)
  /// Errors that entered the ring; the next goes to this modulo the ring's length.
  var errorCount = Column<Int32>(width: 1, initial: 0)
  /// `ErrorTail.Moments`, `CombinedEvidence.Calibration` and the load of anomalies.
  var moments: Column<Float>

  /// Minus the natural logarithms of the last steps' probabilities, negative where the value was
  /// below the median, zero where there is none; newest first. As wide as can be configured, so
  /// that a snapshot fits another number of steps.
  var evidence: Column<Float>
  /// Anomalous steps in a row.
  var run = Column<Int32>(width: 1, initial: 0)
  /// Missing steps in a row.
  var missing = Column<Int32>(width: 1, initial: 0)
  /// Steps since the excursion's last record.
  var sinceReport = Column<Int32>(width: 1, initial: 0)
  /// Ordinary steps since the last anomalous one of an excursion.
  var calmSteps = Column<Int32>(width: 1, initial: 0)
  /// The highest severity reported of the excursion that goes on; zero outside of one.
  var reported = Column<UInt8>(width: 1, initial: 0)
  /// Of the excursion that goes on: median and spread of the forecast for its first step, and its
  /// newest value.
  var excursions = Column<Double>(width: Self.excursionWidth, initial: 0)

  package init(settings: AnomalySettings) {
    self.settings = settings
    moments = Column(width: Self.momentsWidth, initial: 0)
    evidence = Column(width: AnomalySettings.smoothingMaximum, initial: 0)
  }

  package var count: Int { reported.count }

  /// Whether the series has been missing for as long as is reported.
  package func isSilent(row: Int) -> Bool {
    settings.silentAfter > 0 && Int(missing[row]) >= settings.silentAfter
  }

  /// Notes the forecast for the series' next bucket; one that is not finite is no forecast.
  ///
  /// - Parameters:
  ///   - time: end of the bucket it is for.
  ///   - spread: a scale of the errors to be expected, such as the width of the interval; only how
  ///     it changes from step to step matters.
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
        median: median, low: Float(low - median), high: Float(high - median),
        spread: Float(spread)), row: row)
  }

  /// Judges a step and learns from it.
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
      let anomalousSteps = missing[row] == 0 ? Int(run[row]) : 0
      missing[row] = 0
      if forecastTime[row] == step.time {
        judge(row: row, value: step.value, verdict: &verdict)
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

  private mutating func judge(row: Int, value: Double, verdict: inout AnomalyVerdict) {
    let rounding =
      Self.absoluteFloor + Self.relativeFloor * max(abs(median[row]), abs(value))
    let (deviation, spread) = nearestDeviation(row: row, value: value, rounding: rounding)
    // A Float32 holds it whatever the value is, and beyond it nothing is to be told.
    let size = min(abs(deviation) / spread, 1e30)
    var tail = tailMoments(row: row)
    let ring = errors.elements.withUnsafeBufferPointer { elements in
      let first = row * ErrorTail.ringLength
      let length = min(Int(errorCount[row]), ErrorTail.ringLength)
      let ring = UnsafeBufferPointer(rebasing: elements[first..<first + length])
      let unit = ErrorTail.unit(ring, moments: tail, floor: rounding / spread)
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

  /// The deviation from the forecast, or, within an excursion, from the forecast that was made
  /// before it where that is nearer: coming back is no anomaly, though a forecaster that has seen
  /// the excursion may expect it to last.
  ///
  /// - Returns: value − median, and the spread that goes with the median, at least `rounding`.
  private func nearestDeviation(
    row: Int, value: Double, rounding: Double
  ) -> (deviation: Double, spread: Double) {
    let expectation = expectation(row: row)
    let deviation = value - expectation.median
    let spread = max(Double(expectation.spread), rounding)
    guard reported[row] > 0 else { return (deviation, spread) }
    let excursion = excursion(row: row)
    let earlier = value - excursion.median
    let earlierSpread = max(excursion.spread, rounding)
    return abs(earlier) / earlierSpread < abs(deviation) / spread
      ? (earlier, earlierSpread) : (deviation, spread)
  }

  /// Whether an ordinary step ends a short excursion by coming back, rather than by going on at a
  /// level that the forecaster has followed to.
  private func isWayBack(
    row: Int, value: Double, after anomalousSteps: Int, _ verdict: AnomalyVerdict
  ) -> Bool {
    guard !verdict.isAnomalous, 1...settings.smoothingSteps ~= anomalousSteps else { return false }
    let excursion = excursion(row: row)
    return abs(value - excursion.median) < abs(value - excursion.newest)
  }

  /// Fills in the score and which kind of evidence gave it.
  private mutating func rate(row: Int, probability: Double, verdict: inout AnomalyVerdict) {
    let width = settings.smoothingSteps
    let first = row * evidence.width
    for index in stride(from: width - 1, to: 0, by: -1) {
      evidence.elements[first + index] = evidence.elements[first + index - 1]
    }
    // No step alone carries a combination over the threshold: else the ordinary steps after a
    // spike would be flagged with it.
    let information = min(-log(max(probability, 1e-30)), 0.75 * settings.threshold * log(10))
    evidence.elements[first] = Float(verdict.side == .below ? -information : information)

    // Of deviations on one side only half are chances for an alarm where the direction is given.
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

  /// Corrects a combined probability by the series' own, and learns it, but not in the middle of an
  /// anomaly.
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

  /// Withdraws the kind where the step is not to be flagged.
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

  /// Counts anomalous steps.
  ///
  /// - Returns: whether there have been so many that they are the new normal.
  private mutating func noteAnomaly(row: Int, isAnomalous: Bool) -> Bool {
    run[row] = isAnomalous ? min(run[row] + 1, 1_000_000) : 0
    let load = load(row: row) * (1 - 1 / Self.loadMemory) + (isAnomalous ? 1 : 0)
    setLoad(load, row: row)
    return Int(run[row]) > Self.acceptedRun || load > Self.acceptedLoad
  }

  /// Decides whether a record is due; an excursion ends after as many ordinary steps as are
  /// combined, since an anomalous step stays in the evidence that long.
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

  private mutating func clearEvidence(row: Int) {
    for index in row * evidence.width..<(row + 1) * evidence.width { evidence.elements[index] = 0 }
  }

  private mutating func append(error: Float, row: Int) {
    let position = Int(errorCount[row]) % ErrorTail.ringLength
    errors.elements[row * ErrorTail.ringLength + position] = error
    // Counts on without end but keeps the position: the limit is a multiple of the length.
    let next = errorCount[row] + 1
    errorCount[row] = next >= 1 << 24 ? next - 1 << 23 : next
  }
}
