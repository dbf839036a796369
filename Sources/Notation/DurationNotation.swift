/// Durations as people write them: whole numbers with a unit, `250ms`, `10s`, `5m`, `1h`, `7d`,
/// or several from long to short, `1h30m`.
package enum DurationNotation {
  static let units: [(name: String, nanoseconds: Int64)] = [
    ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
    ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000), ("ns", 1),
  ]

  /// - Throws: `NotationError`, for the person who wrote the text.
  package static func parse(_ text: String) throws(NotationError) -> Duration {
    var rest = text.utf8[...]
    var total: Int64 = 0
    var nextUnit = 0
    if rest.isEmpty { throw .notADuration(text) }
    while !rest.isEmpty {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest = rest[digits.endIndex...]
      let letters = rest.prefix { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest = rest[letters.endIndex...]
      if digits.isEmpty { throw .notADuration(text) }
      if letters.isEmpty {
        if digits.count == text.utf8.count { throw .durationWithoutUnit(text) }
        throw .notADuration(text)
      }
      let name = String(Substring(letters))
      guard let unit = units.firstIndex(where: { $0.name == name }) else {
        let looksLikeUnit = name.unicodeScalars.allSatisfy { $0.properties.isAlphabetic }
        throw looksLikeUnit ? .unknownDurationUnit(name, in: text) : .notADuration(text)
      }
      guard unit >= nextUnit else { throw .durationUnitsOutOfOrder(text) }
      nextUnit = unit + 1
      guard let count = Int64(Substring(digits)) else { throw .tooLarge(text) }
      let (part, overflow) = count.multipliedReportingOverflow(by: units[unit].nanoseconds)
      let (sum, sumOverflow) = total.addingReportingOverflow(part)
      if overflow || sumOverflow { throw .tooLarge(text) }
      total = sum
    }
    return .nanoseconds(total)
  }

  /// Reads a duration that is a whole number of milliseconds.
  ///
  /// - Throws: `NotationError`, for the person who wrote the text.
  package static func milliseconds(_ text: String) throws(NotationError) -> Int64 {
    let (seconds, attoseconds) = try parse(text).components
    let (milliseconds, rest) = attoseconds.quotientAndRemainder(
      dividingBy: 1_000_000_000_000_000)
    guard rest == 0 else { throw .finerThanMilliseconds(text) }
    return seconds * 1000 + milliseconds
  }

  /// The shortest notation that `parse` reads back as the same duration, for durations of whole
  /// nanoseconds that are not negative.
  package static func text(_ duration: Duration) -> String {
    var seconds = duration.components.seconds
    var nanoseconds = duration.components.attoseconds / 1_000_000_000
    var text = ""
    // Seconds and their fractions apart: together they could be more than 64 bits hold.
    for unit in units {
      let length = unit.nanoseconds / 1_000_000_000
      if length > 0, seconds >= length {
        text += "\(seconds / length)\(unit.name)"
        seconds %= length
      } else if length == 0, nanoseconds >= unit.nanoseconds {
        text += "\(nanoseconds / unit.nanoseconds)\(unit.name)"
        nanoseconds %= unit.nanoseconds
      }
    }
    return text.isEmpty ? "0s" : text
  }
}
