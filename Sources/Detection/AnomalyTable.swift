import Glibc
package import TimeSeries

/// Judges each step of every series of a stream by its own past, and keeps its incidents.
///
/// Several kinds of evidence are each turned into a rate: how often the series has incidents at least as
/// strong (`SeriesEvidence`). A step is anomalous if that is rarer than the budget of false alarms
/// allows. docs/anomalies.md has the rules and the measured rates.
package struct AnomalyTable: SeriesTable {
  /// Anomalous steps of one incident that are not trained on.
  static let untrainedSteps: UInt16 = 16
  /// The deviation, in usual errors, from which a value itself is out of the ordinary.
  static let outDeviation = 2.0
  /// Anomalous steps in a row that count as a spike when they end with a return.
  static let spikeSteps: UInt16 = 3
  /// How many times rarer than the budget an incident is that is critical.
  static let criticalFactor = 100.0

  package let settings: AnomalySettings
  let pace: DetectionPace
  /// What the series have in common, for those that know little of their own.
  package internal(set) var pool = TailPool()

  // The forecast for the next step.
  var forecastTime = Column<Int64>(width: 1, initial: .min)
  var median = Column<Double>(width: 1, initial: 0)
  /// Distances of the low and the high end from the median, then the width of the inner interval.
  var interval = Column<Float>(width: 3, initial: 0)

  var evidence = Column<Float>(width: SeriesEvidence.floatCount, initial: 0)
  var values = Column<Double>(width: SeriesValues.doubleCount, initial: 0)
  var incidents = Column<Float>(width: Incident.floatCount, initial: 0)
  /// End of the bucket with which the incident opened.
  var openedAt = Column<Int64>(width: 1, initial: .min)
  /// Missing steps in a row.
  var missing = Column<Int32>(width: 1, initial: 0)
  /// The median of the forecast for the first step of the present run of anomalous steps.
  var excursions = Column<Double>(width: 1, initial: 0)
  /// What planned windows have kept back: `PlannedState`, whose sign is that the incident is hidden.
  var planned = Column<Int32>(width: 1, initial: 0)

  /// What operators have said of incidents.
  package var feedback = FeedbackTable()

  package init(settings: AnomalySettings, pace: DetectionPace) {
    self.settings = settings
    self.pace = pace
  }

  package var count: Int { missing.count }

  /// Steps back to the value that a value is compared with.
  package var seasonSteps: Int { Int(pace.seasonSteps) }

  /// Whether the series has been missing for at least `silentAfter` steps.
  package func isSilent(row: Int) -> Bool {
    settings.silentAfter > 0 && Int(missing[row]) >= settings.silentAfter
  }

  /// Stores the forecast for the next bucket of the series. A forecast that is not finite counts as
  /// none.
  ///
  /// - Parameters:
  ///   - time: end of the bucket that the forecast is for.
  ///   - width: of the 80 % interval, or of the nearest to it that there is.
  package mutating func expect(
    row: Int, time: Milliseconds, median: Double, low: Double, high: Double, width: Double
  ) {
    guard median.isFinite, low.isFinite, high.isFinite, width.isFinite, width >= 0 else {
      forecastTime[row] = .min
      return
    }
    forecastTime[row] = time
    self.median[row] = median
    let first = row * interval.width
    interval.elements[first] = Self.single(low - median)
    interval.elements[first + 1] = Self.single(high - median)
    interval.elements[first + 2] = Self.single(width)
  }

  /// A number in single precision, never infinite.
  private static func single(_ value: Double) -> Float {
    let limit = 1e38
    return Float(min(max(value, -limit), limit))
  }

  // MARK: - Steps

  /// Judges a step, and learns from it.
  ///
  /// - Parameters:
  ///   - lag: the value one season before; NaN if unknown.
  ///   - ahead: what was forecast for the step some steps before it, and the width of its interval; NaN
  ///     if nothing was.
  ///   - effect: what is planned for the step.
  /// - Complexity: O(1), without allocation while no record is due.
  package mutating func judge(
    _ step: Step, lag: Double, ahead: (point: Double, width: Double) = (.nan, .nan),
    planned effect: PlannedEffect = []
  ) -> AnomalyVerdict {
    let row = Int(step.row)
    var verdict = AnomalyVerdict()
    guard settings.enabled else { return verdict }
    verdict.lag = lag
    if step.isRestart { restart(row: row, time: step.time, verdict: &verdict) }
    let forecast = forecast(row: row, at: step.time, verdict: &verdict)
    var incident = incident(row: row)
    var plan = plannedState(row: row)
    let closed = enter(effect, &plan, &incident, row: row)
    if incident.isOpen { verdict.openedAt = openedAt[row] }
    if step.isMasked {
      pass(step, &incident, &verdict)
    } else {
      let age = plan.age(ofValueAfter: Int(missing[row]), isLearned: !effect.skipsLearning)
      if plan.endsLongWindow(age: age, missing: Int(missing[row])) { mute(&incident, row: row) }
      missing[row] = 0
      take(step, forecast, lag: lag, ahead: ahead, age: age, effect, &incident, &verdict)
    }
    if effect.suppresses { suppress(&plan, closed, incident, &verdict) }
    setPlannedState(plan, row: row)
    setIncident(incident, row: row)
    return verdict
  }

  private func forecast(
    row: Int, at time: Milliseconds, verdict: inout AnomalyVerdict
  ) -> Forecast? {
    guard forecastTime[row] == time else { return nil }
    let first = row * interval.width
    verdict.expected = median[row]
    verdict.low = median[row] + Double(interval.elements[first])
    verdict.high = median[row] + Double(interval.elements[first + 1])
    return Forecast(median: median[row], width: Double(interval.elements[first + 2]))
  }

  /// Takes a step without an anomaly into the rest that ends an incident.
  func rest(_ incident: inout Incident, _ verdict: inout AnomalyVerdict) {
    incident.countQuiet()
    guard incident.isOpen, !incident.isSilent, incident.quiet >= pace.rest else { return }
    close(&incident, &verdict, incident.isLevelShift ? .levelShift : .ended)
  }

  func close(
    _ incident: inout Incident, _ verdict: inout AnomalyVerdict,
    _ ending: AnomalyVerdict.Ending
  ) {
    verdict.event = .close
    verdict.ending = ending
    verdict.evidence = incident.evidence
    verdict.strengths = []
    verdict.severity = incident.severity
    incident.close()
  }

  private mutating func take(
    _ step: Step, _ forecast: Forecast?, lag: Double, ahead: (point: Double, width: Double),
    age: Int, _ effect: PlannedEffect,
    _ incident: inout Incident, _ verdict: inout AnomalyVerdict
  ) {
    let row = Int(step.row)
    let (settings, pace, pool) = (settings, pace, pool)
    let feedback = feedback.adjustment(row: row, at: step.time)
    let budget = AlarmBudget(
      perWeek: settings.budget.perWeek * (feedback?.budgetFactor ?? 1))
    let expected = forecast?.median ?? values.elements[row * values.width]
    verdict.side = step.value > expected ? .above : step.value < expected ? .below : .none
    let isInvalid = settings.validRange.map { !$0.contains(step.value) } ?? false
    let muted = incident.muted > 0
    let severity = incident.severity
    if muted { incident.muted -= 1 }
    let isPermitted = permits(step.value, expected: expected, side: verdict.side)
    var isKnownSeries = false
    var youth = 0.0
    let origin = (1...Self.spikeSteps).contains(incident.run) ? excursions[row] : nil
    var former = Double.nan
    withState(row: row) { evidence, values in
      former = values.newest
      let known = effect.skipsLearning ? (evidence, values) : nil
      defer { if let known { (evidence, values) = known } }
      var statistics = evidence.take(
        step.value, forecast: forecast, lag: lag, origin: origin, age: age, &values, pace)
      evidence.take(
        error: step.value - ahead.point, ofWidth: ahead.width, pace, &statistics)
      evidence.take(readings: step.readings, into: &statistics)
      evidence.resets.pass()
      let judgement = evidence.judge(statistics, pool, by: feedback)
      var rate = exp(min(judgement.logRate, 40)) * pace.stepsPerWeek
      if !(judgement.logRate < 40) { rate = .infinity }
      let isUnusual = rate < 1
      verdict.evidence = judgement.evidence
      verdict.deviation = statistics.deviation
      youth = max(0, 1 - Double(evidence.count) / pace.familiarSteps)
      isKnownSeries = evidence.count > SeriesEvidence.countMinimum
      let isKnown = Int(evidence.count) >= settings.learningSteps && !muted
      let isRuled = isPermitted || judgement.evidence.isWithoutSide && settings.direction == .both
      if !isKnown || !isRuled { rate = .infinity }
      if isInvalid { (rate, verdict.evidence) = (1e-9, .range) }
      verdict.incidentsPerWeek = rate
      let isExhausted = incident.isExhausted(
        youth: youth, budget: budget, weeks: Double(evidence.count) / pace.stepsPerWeek)
      verdict.isAnomalous =
        rate * exp(Double(incident.strictness)) < budget.perWeek && (!isExhausted || isInvalid)
      verdict.score = incident.score(
        incidentsPerWeek: rate, isLasting: !judgement.evidence.isOfOneStep, rest: pace.rest)
      // Only a record needs them, and a critical incident has no further one before its end.
      if verdict.isAnomalous, severity < .critical {
        let usual = log(pace.stepsPerWeek)
        verdict.strengths = evidence.strengths(statistics, pool, by: feedback).map {
          ($0.evidence, $0.strength - usual)
        }
      }
      // What has been unusual for so long is the usual now.
      evidence.learn(
        statistics, joint: judgement.joint, isUnusual: isUnusual && !incident.isAccepted, pace,
        pool)
      if verdict.isAnomalous, incident.adoptsNext, known == nil {
        if abs(values.recent - values.median) > 2 * Double(evidence.levelDeviation) {
          values.median = values.recent
          evidence.shift = 0
          incident.isLevelShift = true
        }
      }
    }
    note(
      step, after: former, expected: expected, budget: budget.perWeek, &incident, &verdict)
    if incident.muted == 0, isKnownSeries, !effect.suppresses {
      incident.follow(
        isOpening: verdict.isOpening, youth: youth,
        budgetPerStep: budget.perWeek / pace.stepsPerWeek)
    }
  }

  /// Whether direction and minimum deviations allow an alarm.
  private func permits(
    _ value: Double, expected: Double, side: AnomalyVerdict.Side
  ) -> Bool {
    switch settings.direction {
    case .both: break
    case .up: guard side == .above else { return false }
    case .down: guard side == .below else { return false }
    }
    let least = max(
      settings.minimumDeviation, settings.minimumRelativeDeviation * abs(expected))
    return abs(value - expected) >= least
  }

  /// Opens, updates or closes the incident.
  ///
  /// - Parameter newest: the value before.
  private mutating func note(
    _ step: Step, after newest: Double, expected: Double, budget: Double,
    _ incident: inout Incident,
    _ verdict: inout AnomalyVerdict
  ) {
    let row = Int(step.row)
    let former = incident.run
    if incident.isSilent {
      // The points are back, which says nothing of their values.
      verdict.isAnomalous = false
      close(&incident, &verdict, .returned)
      return
    }
    let isOfOneStep = verdict.evidence?.isOfOneStep ?? false
    // Smoothed evidence outlasts the values that it comes from.
    let isOut =
      verdict.isAnomalous
      && (!isOfOneStep || verdict.expected.isNaN || abs(verdict.deviation) >= Self.outDeviation)
    if isOut {
      if former == 0 { excursions[row] = expected }
      incident.extendRun()
    } else {
      if (1...Self.spikeSteps).contains(former), isWayBack(step.value, after: newest, row: row) {
        verdict.excursionSteps = Int(former)
      }
      incident.endRun()
    }
    guard verdict.isAnomalous else {
      if !incident.isOpen { incident.forgetAnomalous() }
      return rest(&incident, &verdict)
    }
    incident.countAnomalous()
    verdict.isExcludedFromTraining =
      isOut && isOfOneStep && incident.anomalous <= Self.untrainedSteps
    let isCritical =
      verdict.incidentsPerWeek * Self.criticalFactor < budget
    let severity: AnomalyVerdict.Severity = isCritical ? .critical : .warning
    if !incident.isOpen {
      guard settings.minimumSteps == 1 || Int(incident.run) >= settings.minimumSteps else {
        return
      }
      openedAt[row] = step.time
      verdict.openedAt = step.time
      verdict.event = .open
      incident.evidence = verdict.evidence ?? .error
    } else if severity > incident.severity {
      verdict.event = .update
    }
    incident.severity = max(incident.severity, severity)
    verdict.severity = incident.severity
  }

  /// Whether an ordinary step ends a spike by a return, and not by staying at a level that the
  /// forecaster has followed.
  private func isWayBack(_ value: Double, after newest: Double, row: Int) -> Bool {
    abs(value - excursions[row]) < abs(value - newest)
  }

  /// A series comes back after a long gap: its incident ends, and nothing is flagged until the
  /// forecaster and the running means know it again.
  private mutating func restart(row: Int, time: Milliseconds, verdict: inout AnomalyVerdict) {
    var incident = incident(row: row)
    if incident.isOpen { incident.isSilent = true }
    incident.endRun()
    mute(&incident, row: row)
    setIncident(incident, row: row)
    forecastTime[row] = .min
  }

  /// Lets nothing open for the rest of an incident, and forgets what is not comparable any more.
  private mutating func mute(_ incident: inout Incident, row: Int) {
    incident.muted = UInt16(clamping: pace.rest)
    withState(row: row) { evidence, values in evidence.restart(&values) }
  }
}
