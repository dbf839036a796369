/// A time as RFC 5545 writes it: `20261224` or `20261224T220000`, with `Z` in UTC.
package struct CalendarTime: Sendable, Equatable {
  /// Milliseconds since 1970-01-01T00:00 of the clock that it is by.
  package let local: Milliseconds
  package let isDate: Bool
  package let isUTC: Bool

  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard [8, 15, 16].contains(bytes.count), bytes.count != 16 || bytes[15] == UInt8(ascii: "Z")
    else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      var value = 0
      for byte in bytes[range] {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
      }
      return value
    }
    guard let year = number(0..<4), year >= 1, let month = number(4..<6), let day = number(6..<8),
      let date = CivilDate(year: year, month: month, day: day)
    else { return nil }
    var seconds = 0
    if bytes.count > 8 {
      guard bytes[8] == UInt8(ascii: "T"), let hour = number(9..<11), hour < 24,
        let minute = number(11..<13), minute < 60, let second = number(13..<15), second <= 60
      else { return nil }
      seconds = hour * 3_600 + minute * 60 + min(second, 59)
    }
    local = (Int64(date.daysSince1970) * 86_400 + Int64(seconds)) * 1_000
    isDate = bytes.count == 8
    isUTC = bytes.count == 16
  }
}
