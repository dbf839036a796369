/// A recurrence rule of RFC 5545, section 3.3.10, on local times: times are milliseconds since the
/// zone's own 1970-01-01T00:00.
///
/// It is evaluated here and not by a C library because a worker asks for pages of time as the log goes
/// on: any range is computed by itself, without what was before it, on any thread.
package struct RecurrenceRule: Sendable, Equatable {
  package enum Frequency: String, Sendable, CaseIterable {
    case hourly, daily, weekly, monthly, yearly
  }

  package enum Until: Sendable, Equatable {
    case local(Milliseconds)
    case utc(Milliseconds)
  }

  /// A weekday, 0 for Sunday; with a number, the first, last, … of its month or year.
  struct Day: Sendable, Equatable {
    var number: Int
    var weekday: Int
  }

  /// The text that it was read from.
  package let text: String
  var frequency = Frequency.yearly
  var interval = 1
  package var count: Int?
  package var until: Until?
  var seconds: [Int] = []
  var minutes: [Int] = []
  var hours: [Int] = []
  var days: [Day] = []
  var monthDays: [Int] = []
  var yearDays: [Int] = []
  var weekNumbers: [Int] = []
  var months: [Int] = []
  var positions: [Int] = []
  /// The weekday with which weeks begin.
  var weekStart = 1

  init(unread text: String) { self.text = text }

  private static let day: Milliseconds = 86_400_000

  /// The rule with what it leaves to the first window: its weekday, its day, its time.
  func completed(from start: Milliseconds, in zone: TimeZoneRules) -> RecurrenceRule {
    var rule = self
    let day = Int(AlignmentSettings.floor(start, to: Self.day) / Self.day)
    let second = Int((start - Int64(day) * Self.day) / 1_000)
    let date = CivilDate(daysSince1970: day)
    let weekday = Day(number: 0, weekday: CivilDate.weekday(daysSince1970: day))
    if days.isEmpty, monthDays.isEmpty, yearDays.isEmpty {
      switch frequency {
      case .yearly where weekNumbers.isEmpty:
        if months.isEmpty { rule.months = [date.month] }
        rule.monthDays = [date.day]
      case .yearly, .weekly: rule.days = [weekday]
      case .monthly: rule.monthDays = [date.day]
      case .daily, .hourly: break
      }
    }
    if hours.isEmpty, frequency != .hourly { rule.hours = [second / 3_600] }
    if minutes.isEmpty { rule.minutes = [second / 60 % 60] }
    if seconds.isEmpty { rule.seconds = [second % 60] }
    if case .utc(let time) = until { rule.until = .local(zone.local(time)) }
    return rule
  }

  /// The local times of a range at which a window begins, ascending, none before the first.
  ///
  /// - Precondition: the rule is completed. `count` is not looked at.
  /// - Complexity: O(days of the periods in the range).
  func starts(
    from start: Milliseconds, in range: Range<Milliseconds>
  ) -> [Milliseconds] {
    var range = max(range.lowerBound, start)..<max(range.upperBound, start)
    if case .local(let until) = until {
      range = range.clamped(to: min(range.lowerBound, until)..<until + 1)
    }
    guard !range.isEmpty else { return [] }
    let days = dayNumber(range.lowerBound)...dayNumber(range.upperBound - 1)
    var starts: [Milliseconds] = []
    for period in periods(overlapping: days, start: dayNumber(start)) {
      for set in sets(of: period, within: days, start: start) {
        starts += chosen(set).filter(range.contains)
      }
    }
    return starts
  }

  private func dayNumber(_ time: Milliseconds) -> Int {
    Int(AlignmentSettings.floor(time, to: Self.day) / Self.day)
  }

  /// The times of one period that `BYSETPOS` takes.
  private func chosen(_ set: [Milliseconds]) -> [Milliseconds] {
    if positions.isEmpty { return set }
    let indices = Set(positions.map { $0 > 0 ? $0 - 1 : set.count + $0 })
    return set.indices.filter(indices.contains).map { set[$0] }
  }

  /// The sets of times of a period: one, or one for each hour if the rule is hourly.
  ///
  /// - Parameter asked: the days of the range; those outside are only counted by `BYSETPOS`.
  private func sets(
    of period: Period, within asked: ClosedRange<Int>, start: Milliseconds
  ) -> [[Milliseconds]] {
    let candidates = positions.isEmpty ? period.days.clamped(to: Range(asked)) : period.days
    let days = candidates.filter { allows(day: $0, in: period) }
    guard frequency == .hourly else {
      let times = times(hours: hours)
      return [days.flatMap { day in times.map { Int64(day) * Self.day + $0 } }]
    }
    let startHour = AlignmentSettings.floor(start, to: 3_600_000) / 3_600_000
    return days.flatMap { day in
      (0..<24).compactMap { hour in
        let distance = Int64(day) * 24 + Int64(hour) - startHour
        guard distance % Int64(interval) == 0, hours.isEmpty || hours.contains(hour) else {
          return nil
        }
        return times(hours: [hour]).map { Int64(day) * Self.day + $0 }
      }
    }
  }

  /// Milliseconds since midnight, ascending.
  private func times(hours: [Int]) -> [Milliseconds] {
    hours.flatMap { hour in
      minutes.flatMap { minute in
        seconds.map { Int64(hour * 3_600 + minute * 60 + $0) * 1_000 }
      }
    }
  }
}
