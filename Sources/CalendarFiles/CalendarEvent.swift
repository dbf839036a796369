import TimeSeries

/// An event of a calendar: what is said of it, with times as times.
struct CalendarEvent {
  /// A time with the zone whose clock it is by.
  struct Moment {
    var value: CalendarTime
    var zone: TimeZoneRules

    var time: Milliseconds { zone.time(ofLocal: value.local) }
  }

  private static let day: Milliseconds = 86_400_000
  /// The properties that decide when an event is.
  private static let deciding = [
    "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS",
  ]

  private static let time = "20261224T220000 or 20261224T210000Z"
  /// What is written instead of what cannot be read, where it is no time.
  private static let forms = [
    "DURATION": "PT2H or P1D", "RRULE": "FREQ=WEEKLY;BYDAY=SU", "STATUS": "CONFIRMED or CANCELLED",
  ]

  let line: Int
  let uid: String?
  let summary: String
  let isCancelled: Bool
  let start: Moment
  let length: Recurrence.Length
  /// The occurrence of another event with this `UID` that it takes the place of.
  let replaced: Moment?
  private(set) var recurrence: Recurrence?

  private let place: CalendarLines.Component
  private let properties: [ICalProperty]
  private let zones: CalendarZones
  private let reader: CalendarReader

  init(
    _ component: ICalComponent, at place: CalendarLines.Component, zones: CalendarZones,
    reader: CalendarReader
  ) throws(CalendarError) {
    let properties = component.properties
    try Self.refuseUnread(properties, at: place, reader: reader)
    func property(_ name: String) -> ICalProperty? { properties.first { $0.name == name } }
    func moment(_ name: String) throws(CalendarError) -> Moment? {
      guard let property = property(name) else { return nil }
      return try Self.moment(property, property.value, at: place, zones: zones, reader: reader)
    }
    (self.place, self.properties, self.zones, self.reader) = (place, properties, zones, reader)
    line = place.line
    uid = property("UID")?.value
    summary = property("SUMMARY").map { Self.summary($0.value) } ?? ""
    isCancelled = ["CANCELLED", "CANCELED"].contains(property("STATUS")?.value.uppercased())
    guard let start = try moment("DTSTART") else {
      throw reader.error(line, "the event has no DTSTART")
    }
    self.start = start
    replaced = try moment("RECURRENCE-ID")
    if property("RECURRENCE-ID")?.hasRange == true {
      throw reader.error(
        place.line(of: "RECURRENCE-ID"),
        "RANGE=THISANDFUTURE is not read: end the series with UNTIL, and begin another")
    }
    length = try Self.length(
      start, end: try moment("DTEND"), duration: property("DURATION")?.value, at: place,
      reader: reader)
    recurrence = try recurring()
  }

  /// The window, or the first of a recurring one.
  var span: Range<Milliseconds> {
    Recurrence(rule: nil, start: start.value.local, zone: start.zone, length: length)
      .span(at: start.value.local)
  }

  /// Takes out the occurrences that other events take the place of.
  mutating func exclude(_ moments: [Moment]) {
    recurrence?.exclude(
      times: moments.filter { !$0.value.isDate }.map(\.time),
      days: moments.filter(\.value.isDate).map(\.value.local))
  }

  // MARK: - Properties

  /// libical leaves out what it cannot read, and says so in a property of its own.
  private static func refuseUnread(
    _ properties: [ICalProperty], at place: CalendarLines.Component, reader: CalendarReader
  ) throws(CalendarError) {
    for property in properties where property.name == "X-LIC-ERROR" {
      guard let name = deciding.first(where: { property.value.contains(" in \($0) property") })
      else { continue }
      let value = property.value.split(separator: ": ", maxSplits: 1).last ?? ""
      throw reader.error(
        place.line(of: name),
        "\(name) cannot be read: '\(value.prefix(80))'; write \(Self.forms[name] ?? time)")
    }
  }

  private static func moment(
    _ property: ICalProperty, _ text: some StringProtocol, at place: CalendarLines.Component,
    zones: CalendarZones, reader: CalendarReader
  ) throws(CalendarError) -> Moment {
    let line = place.line(of: property.name)
    guard let value = CalendarTime(String(text)) else {
      throw reader.error(
        line,
        "\(property.name) '\(text.prefix(40))' is no time: write 20261224, 20261224T220000 or "
          + "20261224T210000Z")
    }
    if value.isUTC { return Moment(value: value, zone: .utc) }
    guard !value.isDate, let name = property.zone else {
      return Moment(value: value, zone: reader.zone)
    }
    return Moment(value: value, zone: try zones.zone(name, line: line))
  }

  private static func length(
    _ start: Moment, end: Moment?, duration: String?, at place: CalendarLines.Component,
    reader: CalendarReader
  ) throws(CalendarError) -> Recurrence.Length {
    if let end {
      guard end.value.isDate == start.value.isDate else {
        throw reader.error(
          place.line(of: "DTEND"), "DTSTART and DTEND are not both days, or both times")
      }
      if start.value.isDate {
        // Some programs write the day itself as the end of a day.
        let days = max(1, Int((end.value.local - start.value.local) / day))
        guard end.value.local >= start.value.local else {
          throw reader.error(place.line(of: "DTEND"), "the event ends before it begins")
        }
        return Recurrence.Length(days: days)
      }
      guard end.time > start.time else {
        throw reader.error(
          place.line(of: "DTEND"), "the event does not end after its begin, and is no window")
      }
      return Recurrence.Length(milliseconds: end.time - start.time)
    }
    if let duration {
      guard let length = ICalDuration(duration), length.days > 0 || length.milliseconds > 0,
        length.days <= 366_000
      else {
        throw reader.error(
          place.line(of: "DURATION"), "DURATION '\(duration)' is no length: write PT2H or P1D")
      }
      return Recurrence.Length(days: length.days, milliseconds: length.milliseconds)
    }
    guard start.value.isDate else {
      throw reader.error(place.line, "the event has no length: write DTEND or DURATION")
    }
    return Recurrence.Length(days: 1)
  }

  private func recurring() throws(CalendarError) -> Recurrence? {
    let rules = properties.filter { $0.name == "RRULE" }
    let added = properties.filter { $0.name == "RDATE" }
    guard rules.count <= 1 else {
      throw reader.error(place.line(of: "RRULE"), "several RRULE: write an event for each")
    }
    if properties.contains(where: { $0.name == "EXRULE" }) {
      throw reader.error(
        place.line(of: "EXRULE"), "EXRULE is no part of RFC 5545: write EXDATE, or UNTIL")
    }
    guard !rules.isEmpty || !added.isEmpty else { return nil }
    guard span.upperBound - span.lowerBound <= PlannedWindow.recurringSpanMaximum else {
      throw reader.error(line, "the event recurs, and is longer than 366 days")
    }
    var recurrence: Recurrence
    do throws(TimeSeriesError) {
      recurrence = Recurrence(
        rule: try rules.first.map { rule throws(TimeSeriesError) in try RecurrenceRule(rule.value)
        },
        start: start.value.local, zone: start.zone, length: length)
      try recurrence.limitCount()
    } catch {
      throw reader.error(place.line(of: "RRULE"), "\(error)")
    }
    for property in added {
      recurrence.added += try spans(of: property)
    }
    var excluded: [Moment] = []
    for property in properties where property.name == "EXDATE" {
      for text in property.value.split(separator: ",") {
        excluded.append(
          try Self.moment(property, text, at: place, zones: zones, reader: reader))
      }
    }
    recurrence.exclude(
      times: excluded.filter { !$0.value.isDate }.map(\.time),
      days: excluded.filter(\.value.isDate).map(\.value.local))
    return recurrence
  }

  private func spans(of property: ICalProperty) throws(CalendarError) -> [Range<Milliseconds>] {
    var spans: [Range<Milliseconds>] = []
    for text in property.value.split(separator: ",") {
      let parts = text.split(separator: "/")
      guard let first = parts.first else { continue }
      let begin = try Self.moment(property, first, at: place, zones: zones, reader: reader)
      var length = length
      if parts.count == 2 {
        let line = place.line(of: "RDATE")
        if let duration = ICalDuration(String(parts[1])) {
          length = Recurrence.Length(days: duration.days, milliseconds: duration.milliseconds)
        } else {
          let end = try Self.moment(property, parts[1], at: place, zones: zones, reader: reader)
          length = Recurrence.Length(milliseconds: end.time - begin.time)
        }
        guard length.days > 0 || length.milliseconds > 0 else {
          throw reader.error(line, "RDATE '\(text.prefix(60))' ends before it begins")
        }
      }
      spans.append(
        Recurrence(rule: nil, start: begin.value.local, zone: begin.zone, length: length)
          .span(at: begin.value.local))
    }
    return spans
  }

  private static func summary(_ text: String) -> String {
    String(text.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(200))
  }
}
