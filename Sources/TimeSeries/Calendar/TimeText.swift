/// Times in the form of RFC 3339, in UTC: `2016-07-01T00:00:00Z`. Milliseconds are written only if
/// they are not zero.
package enum TimeText {
  package static func append(_ time: Milliseconds, to bytes: inout [UInt8]) {
    let day: Milliseconds = 86_400_000
    let start = AlignmentSettings.floor(time, to: day)
    let date = CivilDate(daysSince1970: Int(start / day))
    let seconds = Int((time - start) / 1000)
    append(date.year, width: 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(date.month, width: 2, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(date.day, width: 2, to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    append(seconds / 3600, width: 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    append(seconds / 60 % 60, width: 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    append(seconds % 60, width: 2, to: &bytes)
    let milliseconds = Int((time - start) % 1000)
    if milliseconds > 0 {
      bytes.append(UInt8(ascii: "."))
      append(milliseconds, width: 3, to: &bytes)
    }
    bytes.append(UInt8(ascii: "Z"))
  }

  package static func text(_ time: Milliseconds) -> String {
    var bytes: [UInt8] = []
    append(time, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func append(_ number: Int, width: Int, to bytes: inout [UInt8]) {
    let digits = Array(number.description.utf8)
    bytes.append(
      contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, width - digits.count)))
    bytes.append(contentsOf: digits)
  }
}
