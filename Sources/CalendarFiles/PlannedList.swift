package import TimeSeries

/// Reads a plain list of windows, one a line: a day, two days, or two times, then a label. `#` begins
/// a comment.
///
///     2026-12-24                                 Christmas Eve
///     2026-12-24/2026-12-27                      # to the end of the 27th
///     2026-12-24T22:00/2026-12-25T02:00+01:00
package struct PlannedList {
  private static let textMaximum = 1_000
  private let reader: CalendarReader

  package init(reader: CalendarReader) { self.reader = reader }

  /// - Throws: `CalendarError` with the first line that cannot be read.
  package func windows(
    _ lines: some Collection<some StringProtocol>
  ) throws(CalendarError) -> [PlannedWindow] {
    var windows: [PlannedWindow] = []
    var number = 0
    for line in lines {
      number += 1
      do throws(TimeSeriesError) {
        if let window = try window(Substring(line), number: number) { windows.append(window) }
      } catch {
        throw reader.error(number, "\(error)")
      }
      guard windows.count <= CalendarReader.windowCountMaximum else {
        throw reader.error(
          number, "more than \(CalendarReader.windowCountMaximum) windows: leave out what is past")
      }
    }
    return windows
  }

  private func window(
    _ line: Substring, number: Int
  ) throws(TimeSeriesError) -> PlannedWindow? {
    let words = Self.withoutComment(line).split(whereSeparator: \.isWhitespace)
    guard let first = words.first else { return nil }
    guard line.utf8.count <= Self.textMaximum else {
      throw Self.error(first, "its line is longer than \(Self.textMaximum) characters")
    }
    return reader.window(
      id: "\(reader.name):\(number)", span: try span(first),
      summary: words.dropFirst().joined(separator: " "))
  }

  /// `#` begins a comment at the begin of a line and after a blank.
  private static func withoutComment(_ line: Substring) -> Substring {
    var isAfterBlank = true
    for index in line.indices {
      if isAfterBlank, line[index] == "#" { return line[..<index] }
      isAfterBlank = line[index].isWhitespace
    }
    return line
  }

  private func span(_ text: Substring) throws(TimeSeriesError) -> Range<Milliseconds> {
    let ends = text.split(separator: "/", omittingEmptySubsequences: false)
    guard ends.count <= 2, let from = ListTime(ends[0]), let to = ListTime(ends[ends.count - 1])
    else {
      throw Self.error(
        text,
        "is no window: write 2026-12-24, 2026-12-24/2026-12-27 (both days included) or "
          + "2026-12-24T22:00/2026-12-25T02:00, with Z or +01:00 for times of another clock")
    }
    guard from.isDate == to.isDate, ends.count == 2 || from.isDate else {
      throw Self.error(
        text,
        ends.count == 1
          ? "has no end: write \(text)/ and the time at which the window ends"
          : "goes from a day to a time: write two days, or two times")
    }
    let begin = from.time(in: reader.zone)
    let end = from.isDate ? to.endOfDay(in: reader.zone) : to.time(in: reader.zone)
    guard begin < end else { throw Self.error(text, "ends before it begins") }
    return begin..<end
  }

  private static func error(_ text: Substring, _ problem: String) -> TimeSeriesError {
    .window(text: String(text.prefix(60)), problem: problem)
  }
}

/// A day, or a time to the minute or second, with or without an offset.
private struct ListTime {
  private static let day: Milliseconds = 86_400_000
  private var local: Milliseconds
  /// Milliseconds east of UTC; nil for the clock of the stream.
  private var offset: Milliseconds?
  var isDate = true

  init?(_ text: Substring) {
    var parser = DigitParser(text: Array(text.utf8))
    guard let year = parser.number(4), year >= 1, parser.take("-"), let month = parser.number(2),
      parser.take("-"), let day = parser.number(2),
      let date = CivilDate(year: year, month: month, day: day)
    else { return nil }
    local = Int64(date.daysSince1970) * Self.day
    if parser.isAtEnd { return }
    isDate = false
    guard parser.take("T"), let time = parser.clockTime(upTo: 24 * 3_600) else { return nil }
    local += Int64(time) * 1_000
    if parser.isAtEnd { return }
    if parser.take("Z") {
      offset = 0
    } else {
      let isWest = parser.take("-")
      guard isWest || parser.take("+"), let time = parser.clockTime(upTo: 15 * 3_600) else {
        return nil
      }
      offset = Int64(isWest ? -time : time) * 1_000
    }
    guard parser.isAtEnd else { return nil }
  }

  func time(in zone: TimeZoneRules) -> Milliseconds {
    offset.map { local - $0 } ?? zone.time(ofLocal: local)
  }

  func endOfDay(in zone: TimeZoneRules) -> Milliseconds { zone.time(ofLocal: local + Self.day) }
}

private struct DigitParser {
  let text: [UInt8]
  private var position = 0

  init(text: [UInt8]) { self.text = text }

  var isAtEnd: Bool { position == text.count }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// A number of exactly so many digits.
  mutating func number(_ digits: Int) -> Int? {
    guard position + digits <= text.count else { return nil }
    var value = 0
    for byte in text[position..<position + digits] {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    position += digits
    return value
  }

  /// `hh:mm` or `hh:mm:ss` in seconds.
  mutating func clockTime(upTo most: Int) -> Int? {
    guard let hour = number(2), take(":"), let minute = number(2), minute < 60 else { return nil }
    var seconds = hour * 3_600 + minute * 60
    if take(":") {
      guard let second = number(2), second < 60 else { return nil }
      seconds += second
    }
    return seconds <= most ? seconds : nil
  }
}
