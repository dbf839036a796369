package import Detection

/// What one kind of series gave at one budget.
package struct KindResult: Sendable {
  package let kind: SeriesKind
  package let budget: TrialSettings.Budget
  /// Openings in the first week, and in the weeks after it.
  package let first: AlarmCount
  package let later: AlarmCount
  /// Openings of the weeks after the first in series without one in the first week, and in others.
  package let laterAfterCalm: AlarmCount
  package let laterAfterAlarms: AlarmCount
  /// Openings of each day of the first week, and of each clean week.
  package let openingsByDay: [Int]
  package let openingsByWeek: [Int]
  /// Steps of a series in a clean week whose noise alone is as large as a spike.
  package let ownSpikesPerWeek: Double
  /// Openings by their evidence.
  package private(set) var firstEvidence: [Evidence: Int] = [:]
  package private(set) var laterEvidence: [Evidence: Int] = [:]
  package private(set) var faults: [Fault: FaultResult] = [:]
  package let trainingCount: Int
  /// The share of forecasts in clean weeks after the first that the network made.
  package let networkShare: Double

  /// Openings of all clean weeks.
  package var all: AlarmCount { first + later }

  init(
    kind: SeriesKind, budget: TrialSettings.Budget, cleanCount: Int, rest: Int,
    marks: [[EvidenceRecorder.Mark]], injections: [Injection?], trainingCount: Int,
    ownSpikes: Int, networkShare: Double
  ) {
    self.kind = kind
    self.budget = budget
    self.trainingCount = trainingCount
    self.networkShare = networkShare
    let week = 7 * kind.stepsPerDay
    let openings = marks.joined().filter { $0.isOpening && $0.step < cleanCount }
    let weeks = cleanCount / week
    ownSpikesPerWeek = Double(ownSpikes) / Double(marks.count * weeks)
    openingsByDay = (0..<7).map { day in openings.count { $0.step / kind.stepsPerDay == day } }
    openingsByWeek = (0..<weeks).map { number in openings.count { $0.step / week == number } }
    let perWeek = budget.budget.perWeek
    first = AlarmCount(openings: openingsByWeek[0], seriesWeeks: marks.count, perWeek: perWeek)
    var (calm, alarmed) = (AlarmCount(), AlarmCount())
    for marks in marks {
      let steps = marks.filter { $0.isOpening && $0.step < cleanCount }.map(\.step)
      let early = steps.count { $0 < week }
      let count = AlarmCount(
        openings: steps.count - early, seriesWeeks: weeks - 1, perWeek: perWeek)
      if early == 0 { calm = calm + count } else { alarmed = alarmed + count }
    }
    (laterAfterCalm, laterAfterAlarms) = (calm, alarmed)
    later = calm + alarmed
    for opening in openings {
      if opening.step < week {
        firstEvidence[opening.evidence, default: 0] += 1
      } else {
        laterEvidence[opening.evidence, default: 0] += 1
      }
    }
    for (marks, injection) in zip(marks, injections) {
      guard let injection else { continue }
      let length = injection.fault.stepCount(kind) + rest
      let found = marks.first {
        (injection.step..<injection.step + length).contains($0.step)
      }
      // Windows before the fault, after the first week if that leaves any.
      let last = max(0, injection.step - length)
      faults[injection.fault, default: FaultResult()].add(
        found: found.map { ($0.step - injection.step, $0.evidence) },
        chance: Self.chance(
          marks.map(\.step).filter { $0 < injection.step }, length: length,
          in: min(week, last)..<last + 1))
    }
  }

  /// The share of windows of a length that hold a step with evidence, over all that begin in a
  /// range.
  ///
  /// - Parameter steps: with evidence, ascending.
  package static func chance(_ steps: [Int], length: Int, in range: Range<Int>) -> Double {
    var covered = 0
    var next = range.lowerBound
    for step in steps {
      let start = max(next, step - length + 1)
      let end = min(range.upperBound, step + 1)
      guard start < end else { continue }
      covered += end - start
      next = end
    }
    return Double(covered) / Double(range.count)
  }
}
