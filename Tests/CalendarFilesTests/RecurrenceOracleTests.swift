import CICal
import TestSupport
import Testing
import TimeSeries

@Suite("recurrence rules against libical")
struct RecurrenceOracleTests {
  private static let end = 2_000 * 86_400_000 as Milliseconds

  /// A random rule of the forms that calendars have.
  private func rule(_ random: inout RandomSource) -> String {
    func pick<Value>(_ values: [Value]) -> Value {
      values[Int(random.uniform() * Double(values.count))]
    }
    func numbers(_ range: ClosedRange<Int>) -> String {
      let count = 1 + Int(random.uniform() * 3)
      let all = (0..<count).map { _ in
        range.lowerBound + Int(random.uniform() * Double(range.count))
      }
      return Set(all.filter { $0 != 0 } + [range.upperBound]).sorted().map(String.init)
        .joined(separator: ",")
    }
    func weekdays() -> String {
      Set((0..<3).map { _ in pick(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]) }).sorted()
        .joined(separator: ",")
    }
    let frequency = pick(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    var parts = ["FREQ=\(frequency)"]
    if random.chance(0.5) { parts.append("INTERVAL=\(1 + Int(random.uniform() * 4))") }
    if random.chance(0.3) { parts.append("BYMONTH=\(numbers(1...12))") }
    let hasMonth = parts.contains { $0.hasPrefix("BYMONTH=") }
    let weekday = pick(["MO", "SU", "FR"])
    switch frequency {
    case "MONTHLY", "YEARLY":
      let isByMonth = frequency == "MONTHLY" || hasMonth
      switch Int(random.uniform() * 4) {
      // Of a year without months libical takes the first window's month alone, RFC 5545 takes all.
      case 0 where isByMonth: parts.append("BYMONTHDAY=\(numbers(-31...31))")
      case 1: parts.append("BYDAY=\(weekdays())")
      case 2:
        let number = isByMonth ? pick([1, 2, 3, 4, -1, -2]) : pick([1, 10, 20, -1])
        parts.append("BYDAY=\(number)\(weekday)")
      default: break
      }
    default: if random.chance(0.5) { parts.append("BYDAY=\(weekdays())") }
    }
    if random.chance(0.2) {
      parts.append("BYHOUR=\(numbers(0...23))")
    } else if random.chance(0.3), frequency == "MONTHLY",
      parts.contains(where: { $0.hasPrefix("BYDAY") })
    {
      // libical counts days and not times, and days of the month twice that have two numbers.
      parts.append("BYSETPOS=\(pick([1, 2, -1]))")
    }
    if random.chance(0.3) { parts.append("WKST=\(pick(["MO", "SU"]))") }
    if random.chance(0.3) { parts.append("COUNT=\(1 + Int(random.uniform() * 60))") }
    return parts.joined(separator: ";")
  }

  private func expected(_ text: String, from start: Milliseconds) -> [Milliseconds] {
    let begin = icaltime_from_timet_with_zone(time_t(start / 1_000), 0, nil)
    guard let iterator = icalrecur_iterator_new(icalrecurrencetype_from_string(text), begin) else {
      return []
    }
    defer { icalrecur_iterator_free(iterator) }
    var times: [Milliseconds] = []
    while true {
      let next = icalrecur_iterator_next(iterator)
      guard icaltime_is_null_time(next) == 0 else { return times }
      let time = Milliseconds(icaltime_as_timet(next)) * 1_000
      guard time < start + Self.end else { return times }
      times.append(time)
    }
  }

  @Test("random rules have the windows that libical finds", arguments: 1...6)
  func random(seed: UInt64) throws {
    var random = RandomSource(seed: seed)
    for _ in 0..<100 {
      let text = rule(&random)
      let start = 1_767_225_600_000 + Int64(random.uniform() * 1_500 * 24) * 3_600_000
      // libical's iterator begins with what the rule has, so the first window must be one of it.
      guard
        let first = expected(
          text.split(separator: ";").filter { !$0.hasPrefix("COUNT") }
            .joined(separator: ";"), from: start
        ).first
      else { continue }
      let all = expected(text, from: first)
      var recurrence = Recurrence(
        rule: try RecurrenceRule(text), start: first, zone: .utc,
        length: Recurrence.Length(milliseconds: 1))
      try recurrence.limitCount()
      let found = recurrence.spans(in: first..<first + Self.end).map(\.lowerBound)
      guard found != all else { continue }
      Issue.record("\(text) from \(TimeText.text(first)), seed \(seed): \(found.prefix(20))")
      return
    }
  }
}
