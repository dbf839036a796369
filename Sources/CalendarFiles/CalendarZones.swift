import TimeSeries

/// The time zones of a calendar: those that it defines, and those of the tz database.
struct CalendarZones {
  /// A definition is followed to the end of this year; its last offset holds from then on.
  private static let lastYear = 2100
  private static let countMaximum = 200
  private let reader: CalendarReader
  private var defined: [String: TimeZoneRules] = [:]

  init(
    _ document: borrowing ICalDocument, _ lines: CalendarLines, reader: CalendarReader
  ) throws(CalendarError) {
    self.reader = reader
    let places = lines.components.filter { $0.name == "VTIMEZONE" }
    for (number, component) in document.components("VTIMEZONE").enumerated() {
      let line = number < places.count ? places[number].line : nil
      guard number < Self.countMaximum else {
        throw reader.error(line, "more than \(Self.countMaximum) time zones")
      }
      guard let name = component.properties.first(where: { $0.name == "TZID" })?.value else {
        throw reader.error(line, "a time zone without TZID")
      }
      do throws(TimeSeriesError) {
        defined[name] = try Self.rules(name, component)
      } catch {
        throw reader.error(line, "\(error)")
      }
    }
  }

  /// - Parameter name: a `TZID`.
  func zone(_ name: String, line: Int) throws(CalendarError) -> TimeZoneRules {
    if let zone = defined[name] { return zone }
    // Some programs write /freeassociation.sourceforge.net/Europe/Berlin.
    let parts = name.split(separator: "/")
    let plain = name.hasPrefix("/") ? parts.suffix(2).joined(separator: "/") : name
    do throws(TimeSeriesError) {
      return try reader.zoneNamed(plain)
    } catch {
      throw reader.error(
        line, "TZID=\(name) has no VTIMEZONE in the file, and no zone has that name: \(error)")
    }
  }

  /// A part of a zone: an offset, and when it begins.
  private struct Observance {
    var from: Milliseconds
    var to: Milliseconds
    var begins: [Milliseconds]
  }

  private static func rules(
    _ name: String, _ component: ICalComponent
  ) throws(TimeSeriesError) -> TimeZoneRules {
    var observances: [Observance] = []
    for child in component.children where ["STANDARD", "DAYLIGHT"].contains(child.name) {
      observances.append(try observance(name, child))
    }
    let changes = observances.flatMap { part in part.begins.map { (time: $0, offset: part.to) } }
      .sorted { $0.time < $1.time }
    guard let first = observances.min(by: { ($0.begins.first ?? .max) < ($1.begins.first ?? .max) })
    else { throw .timeZone(name: name, problem: "has neither STANDARD nor DAYLIGHT") }
    return TimeZoneRules(
      name: name, begins: changes.map(\.time), offsets: [first.from] + changes.map(\.offset))
  }

  private static func observance(
    _ name: String, _ component: ICalComponent
  ) throws(TimeSeriesError) -> Observance {
    let properties = component.properties
    func value(_ property: String) -> String? {
      properties.first { $0.name == property }?.value
    }
    guard let from = value("TZOFFSETFROM").flatMap(offset),
      let to = value("TZOFFSETTO").flatMap(offset),
      let start = value("DTSTART").flatMap({ CalendarTime($0) })
    else {
      throw .timeZone(
        name: name, problem: "\(component.name) needs DTSTART, TZOFFSETFROM and TZOFFSETTO")
    }
    // The clock before a change tells its time.
    let clock = TimeZoneRules(name: name, begins: [], offsets: [from])
    var recurrence = Recurrence(
      rule: try value("RRULE").map { text throws(TimeSeriesError) in try RecurrenceRule(text) },
      start: start.local, zone: clock, length: Recurrence.Length(milliseconds: 1))
    try recurrence.limitCount()
    for property in properties where property.name == "RDATE" {
      guard let time = CalendarTime(property.value) else {
        throw .timeZone(name: name, problem: "RDATE:\(property.value) is no time")
      }
      let begin = time.isUTC ? time.local : time.local - from
      recurrence.added.append(begin..<begin + 1)
    }
    let end = CivilDate(year: lastYear, month: 12, day: 31)?.daysSince1970 ?? 0
    let begin = start.local - 86_400_000
    let spans = recurrence.spans(in: begin..<max(begin + 1, Int64(end) * 86_400_000))
    return Observance(from: from, to: to, begins: spans.map(\.lowerBound))
  }

  /// `+0100` or `-043000` in milliseconds.
  private static func offset(_ text: String) -> Milliseconds? {
    let digits = text.dropFirst()
    guard text.hasPrefix("+") || text.hasPrefix("-"), [4, 6].contains(digits.count),
      digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int64(digits)
    else { return nil }
    let all = digits.count == 4 ? number * 100 : number
    let seconds = all / 10_000 * 3_600 + all / 100 % 100 * 60 + all % 100
    guard seconds <= 18 * 3_600 else { return nil }
    return (text.hasPrefix("-") ? -seconds : seconds) * 1_000
  }
}
