import Glibc
import TimeSeries

/// One group of series, and what it has of incidents.
struct SeriesGroup: Sendable, Equatable {
  let key: [UInt8]
  /// Series in the group.
  var memberCount = 0
  /// Incidents of single series that opened lately and belong to no incident of the group.
  var recent: [GroupMember] = []
  var incidents: [GroupIncident] = []
  var openings = OpeningRate()
  /// How much rarer an incident must be than the budget, because the group has had many.
  var strictness = Strictness()

  init(key: [UInt8]) { self.key = key }

  mutating func forget(before time: Milliseconds) { recent.removeAll { $0.openedAt < time } }

  /// Notes that the own incident of a series has ended.
  mutating func close(row: Int32) {
    recent.removeAll { $0.row == row }
    for number in incidents.indices { incidents[number].close(row: row) }
  }

  mutating func remove(row: Int32) {
    memberCount -= 1
    recent.removeAll { $0.row == row }
    for number in incidents.indices { incidents[number].remove(row: row) }
  }

  /// How often chance has at least `count` series of the group open incidents within a time.
  ///
  /// Openings of single series are taken for independent, at the rate at which the group has had them
  /// outside of its own incidents, but at least at the budget.
  func alarmsPerWeek(
    of count: Int, budget: AlarmBudget, pace: GroupPace, at time: Milliseconds
  ) -> Double {
    let perSeries = max(
      budget.perWeek,
      openings.perWeek(of: memberCount, budget: budget, at: time, week: pace.week))
    let windows = Double(pace.week) / Double(pace.window)
    let expected = perSeries * Double(memberCount) / windows
    return windows * PoissonTail.survival(count, mean: expected)
      * exp(strictness.value(at: time, budget: budget, week: pace.week))
  }
}

/// How often the series of a group open incidents of their own; what is older than a week fades.
struct OpeningRate: Sendable, Equatable {
  private var count = 0.0
  private var weeks = 0.0
  private var updatedAt = Milliseconds.min

  init() {}

  /// - Parameter numbers: those of a snapshot.
  init(numbers: [Double]) {
    (count, weeks) = (numbers[0], numbers[1])
    updatedAt = Milliseconds(exactly: numbers[2]) ?? .min
  }

  var numbers: [Double] { [count, weeks, Double(updatedAt)] }

  mutating func note(_ number: Double, at time: Milliseconds, week: Milliseconds) {
    let advanced = advanced(to: time, week: week)
    (count, weeks) = (max(0, advanced.count + number), advanced.weeks)
    updatedAt = max(updatedAt, time)
  }

  /// The faded count, and the weeks that it stands for.
  private func advanced(
    to time: Milliseconds, week: Milliseconds
  ) -> (count: Double, weeks: Double) {
    guard updatedAt != .min, time > updatedAt else { return (count, weeks) }
    let fading = exp(-Double(time - updatedAt) / Double(week))
    return (count * fading, weeks * fading + 1 - fading)
  }

  /// For each series. The budget counts as a week of experience.
  func perWeek(
    of memberCount: Int, budget: AlarmBudget, at time: Milliseconds, week: Milliseconds
  ) -> Double {
    guard memberCount > 0 else { return budget.perWeek }
    let (count, weeks) = advanced(to: time, week: week)
    return (count / Double(memberCount) + budget.perWeek) / (weeks + 1)
  }
}

/// ln of the factor by which something must be rarer than the budget. Each opening raises it, and time
/// lowers it at the rate of the budget, so that the budget is kept in the long run.
///
/// - Source: Gibbs & Candès 2021 ("Adaptive conformal inference under distribution shift"), applied to
///   the rate of incidents.
struct Strictness: Sendable, Equatable {
  static let step = 0.7
  static let bounds = -1.0...4.0
  private var level = 0.0
  private var updatedAt = Milliseconds.min

  init() {}

  /// - Parameter numbers: those of a snapshot.
  init(numbers: [Double]) {
    level = numbers[0]
    updatedAt = Milliseconds(exactly: numbers[1]) ?? .min
  }

  var numbers: [Double] { [level, Double(updatedAt)] }

  func value(at time: Milliseconds, budget: AlarmBudget, week: Milliseconds) -> Double {
    guard updatedAt != .min, time > updatedAt else { return level }
    let weeks = Double(time - updatedAt) / Double(week)
    return max(level - Self.step * budget.perWeek * weeks, Self.bounds.lowerBound)
  }

  mutating func open(at time: Milliseconds, budget: AlarmBudget, week: Milliseconds) {
    level = min(value(at: time, budget: budget, week: week) + Self.step, Self.bounds.upperBound)
    updatedAt = max(updatedAt, time)
  }
}
