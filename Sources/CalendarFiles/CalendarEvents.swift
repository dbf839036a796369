import TimeSeries

/// Turns the events of an RFC 5545 calendar into windows.
struct CalendarEvents: ~Copyable {
  private let reader: CalendarReader
  private let document: ICalDocument
  private let lines: CalendarLines

  init(reader: CalendarReader, text: String) throws(CalendarError) {
    let lines = try CalendarLines(text, reader: reader)
    guard lines.components.contains(where: { $0.name == "VCALENDAR" }),
      let document = ICalDocument(text)
    else {
      throw reader.error(
        nil,
        "is no calendar of RFC 5545, which begins with BEGIN:VCALENDAR; a plain list has a name "
          + "that does not end in .ics, and one window such as 2026-12-24/2026-12-27 a line")
    }
    self.reader = reader
    self.lines = lines
    self.document = document
  }

  /// - Throws: `CalendarError` with the first line that cannot be read.
  func windows() throws(CalendarError) -> [PlannedWindow] {
    var events = try events()
    for uid in Set(events.compactMap { $0.replaced == nil ? nil : $0.uid }) {
      let replaced = events.filter { $0.uid == uid }.compactMap(\.replaced)
      for number in events.indices where events[number].uid == uid {
        events[number].exclude(replaced)
      }
    }
    var windows: [PlannedWindow] = []
    var yearly = 0
    for event in events where !event.isCancelled {
      if let recurrence = event.recurrence {
        yearly += recurrence.yearlyCount
        guard yearly <= CalendarReader.yearlyCountMaximum else {
          throw reader.error(
            event.line,
            "more than \(CalendarReader.yearlyCountMaximum) windows in a year: write "
              + "fewer, longer ones")
        }
      }
      windows.append(
        reader.window(
          id: id(of: event), span: event.span, recurrence: event.recurrence,
          summary: event.summary))
    }
    return windows
  }

  private func id(of event: CalendarEvent) -> String {
    guard let uid = event.uid else { return "\(reader.name):\(event.line)" }
    return event.replaced.map { "\(uid)/\(TimeText.text($0.time))" } ?? uid
  }

  private func events() throws(CalendarError) -> [CalendarEvent] {
    let zones = try CalendarZones(document, lines, reader: reader)
    let components = document.components("VEVENT")
    let places = lines.components.filter { $0.name == "VEVENT" }
    guard components.count == places.count else {
      throw reader.error(nil, "has events within events")
    }
    if components.count > CalendarReader.windowCountMaximum {
      throw reader.error(
        places[CalendarReader.windowCountMaximum].line,
        "more than \(CalendarReader.windowCountMaximum) events: leave out what is past")
    }
    var events: [CalendarEvent] = []
    for (component, place) in zip(components, places) {
      events.append(try CalendarEvent(component, at: place, zones: zones, reader: reader))
    }
    return events
  }
}

extension Recurrence {
  /// The windows of the first year, and those beside the rule.
  fileprivate var yearlyCount: Int {
    let begin = zone.time(ofLocal: start)
    return added.count + spans(in: begin..<begin + 366 * 86_400_000).count
  }
}
