package import TimeSeries

/// Reads the planned windows of a calendar: a file of RFC 5545, or a plain list (`PlannedList`).
///
/// Calendars are read while a process starts and by one thread: libical is not made for more.
package struct CalendarReader {
  package static let byteCountMaximum = 4 << 20
  package static let windowCountMaximum = 10_000
  /// Windows in a year, of all that recur in one calendar.
  package static let yearlyCountMaximum = 100_000

  /// The name of the calendar, for errors.
  let name: String
  /// The time zone of times that name none, and of days.
  let zone: TimeZoneRules
  /// Finds a zone of the tz database.
  let zoneNamed: (String) throws(TimeSeriesError) -> TimeZoneRules
  /// What all windows of the calendar have in common.
  let series: SeriesPattern?
  let effect: PlannedEffect

  package init(
    name: String, zone: TimeZoneRules, effect: PlannedEffect, series: SeriesPattern? = nil,
    zoneNamed: @escaping (String) throws(TimeSeriesError) -> TimeZoneRules
  ) {
    self.name = name
    self.zone = zone
    self.effect = effect
    self.series = series
    self.zoneNamed = zoneNamed
  }

  /// - Throws: `CalendarError` with the first line that cannot be read.
  package func windows(_ bytes: [UInt8]) throws(CalendarError) -> [PlannedWindow] {
    guard bytes.count <= Self.byteCountMaximum else {
      throw error(
        nil, "is larger than \(Self.byteCountMaximum >> 20) MiB: leave out the events that are past"
      )
    }
    guard !bytes.contains(0), var text = String(validating: bytes, as: UTF8.self) else {
      throw error(nil, "is no text in UTF-8")
    }
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    let isCalendar =
      text.drop(while: \.isWhitespace).prefix(6).uppercased() == "BEGIN:"
      || name.lowercased().hasSuffix(".ics")
    return isCalendar
      ? try CalendarEvents(reader: self, text: text).windows()
      : try PlannedList(reader: self).windows(
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline))
  }

  func window(
    id: String, span: Range<Milliseconds>, recurrence: Recurrence? = nil, summary: String
  ) -> PlannedWindow {
    PlannedWindow(
      id: id, span: span, recurrence: recurrence, series: series, effect: effect,
      summary: summary)
  }

  func error(_ line: Int?, _ problem: String) -> CalendarError {
    CalendarError(file: name, line: line, problem: problem)
  }
}
