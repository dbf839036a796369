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

/// Openings against those that a budget allows.
package struct AlarmCount: Sendable {
  package var openings = 0
  package var seriesWeeks = 0
  /// Openings that the budget allows.
  package var allowed = 0.0

  package init() {}

  package init(openings: Int, seriesWeeks: Int, perWeek: Double) {
    self.openings = openings
    self.seriesWeeks = seriesWeeks
    allowed = Double(seriesWeeks) * perWeek
  }

  /// Openings as a multiple of the budget; NaN where nothing was measured.
  package var factor: Double { allowed > 0 ? Double(openings) / allowed : .nan }

  static func + (left: AlarmCount, right: AlarmCount) -> AlarmCount {
    var sum = left
    sum.openings += right.openings
    sum.seriesWeeks += right.seriesWeeks
    sum.allowed += right.allowed
    return sum
  }
}

/// What became of one fault in several series.
package struct FaultResult: Sendable {
  package private(set) var count = 0
  /// Steps from the injection to the first evidence, of each fault that was found.
  package private(set) var delays: [Int] = []
  /// The first evidence of each fault that was found.
  package private(set) var evidence: [Evidence: Int] = [:]
  private var chanceSum = 0.0

  package init() {}

  package var recall: Double { count > 0 ? Double(delays.count) / Double(count) : .nan }
  /// What recall would be without a fault.
  package var chance: Double { count > 0 ? chanceSum / Double(count) : .nan }

  package var medianDelay: Int? {
    delays.isEmpty ? nil : delays.sorted()[(delays.count - 1) / 2]
  }

  mutating func add(found: (delay: Int, evidence: Evidence)?, chance: Double) {
    count += 1
    chanceSum += chance
    guard let found else { return }
    delays.append(found.delay)
    evidence[found.evidence, default: 0] += 1
  }

  static func + (left: FaultResult, right: FaultResult) -> FaultResult {
    var sum = left
    sum.count += right.count
    sum.delays += right.delays
    sum.chanceSum += right.chanceSum
    sum.evidence.merge(right.evidence, uniquingKeysWith: +)
    return sum
  }
}
