import Glibc
import TimeSeries

// Steps without a value: silence, and resets of counters.

extension AnomalyTable {
  /// A step without a value.
  mutating func pass(
    _ step: Step, _ incident: inout Incident, _ verdict: inout AnomalyVerdict
  ) {
    let row = Int(step.row)
    if step.flags.contains(.valueless) {
      missing[row] = 0
    } else if missing[row] < .max {
      missing[row] += 1
    }
    // More are missing where a planned window has kept the silence back.
    if fallsSilent(row: row, at: step.time, incident) {
      incident.isSilent = true
      return goOn(with: .silent, step, isUpdate: true, &incident, &verdict)
    }
    if step.flags.contains(.reset), isResetTooOften(step, incident, &verdict) {
      verdict.isAnomalous = true
      incident.countAnomalous()
      return goOn(with: .resets, step, isUpdate: false, &incident, &verdict)
    }
    rest(&incident, &verdict)
  }

  /// Opens an incident with evidence that is no value, or goes on with the one that is open.
  private mutating func goOn(
    with evidence: Evidence, _ step: Step, isUpdate: Bool, _ incident: inout Incident,
    _ verdict: inout AnomalyVerdict
  ) {
    let row = Int(step.row)
    if !incident.isOpen {
      openedAt[row] = step.time
      verdict.openedAt = step.time
      verdict.event = .open
      incident.evidence = evidence
    } else if isUpdate {
      verdict.event = .update
    }
    incident.severity = max(incident.severity, .warning)
    verdict.evidence = evidence
    verdict.severity = incident.severity
  }

  /// Whether the reset of a counter is one too many for the budget of the series.
  private mutating func isResetTooOften(
    _ step: Step, _ incident: Incident, _ verdict: inout AnomalyVerdict
  ) -> Bool {
    let (pace, settings) = (pace, settings)
    let feedback = feedback.adjustment(row: Int(step.row), at: step.time)
    let logShare =
      log(Evidence.resets.budgetShare) + (feedback?.logShare(of: .resets) ?? 0)
    var rate = Double.infinity
    withState(row: Int(step.row)) { evidence, _ in
      evidence.resets.pass()
      let isKnown = Int(evidence.count) >= settings.learningSteps
      guard let logRate = evidence.resets.take(pace), isKnown else { return }
      rate = exp(logRate - logShare) * pace.stepsPerWeek
    }
    verdict.incidentsPerWeek = rate
    verdict.strengths = rate.isFinite ? [(.resets, max(-log(max(rate, 1e-300)), 0))] : []
    return incident.muted == 0
      && rate * exp(Double(incident.strictness))
        < settings.budget.perWeek * (feedback?.budgetFactor ?? 1)
  }

  /// Whether a missing step is the one with which a series counts as silent. Feedback that fades may
  /// bring that step nearer from one to the next.
  private func fallsSilent(row: Int, at time: Milliseconds, _ incident: Incident) -> Bool {
    guard settings.silentAfter > 0, !incident.isSilent else { return false }
    let feedback = feedback.adjustment(row: row, at: time)
    return Int(missing[row]) >= feedback?.silentSteps(settings.silentAfter) ?? settings.silentAfter
  }
}
