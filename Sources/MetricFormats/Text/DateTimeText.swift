package import TimeSeries

/// Reads `YYYY-MM-DD`, then optionally `T` or a space, `HH:MM[:SS[.fraction]]` and a zone (`Z`,
/// `±HH`, `±HHMM`, `±HH:MM`); nil where the whole text is not that or is out of range.
package func parseDateTime(_ text: Bytes) -> Milliseconds? {
  var scanner = DateScanner(text: text)
  guard let time = scanner.scan(), scanner.position == text.count,
    TimestampUnit.timeRange.contains(time)
  else { return nil }
  return time
}

private struct DateScanner {
  let text: Bytes
  var position = 0

  mutating func scan() -> Milliseconds? {
    guard let year = digits(4), take(UInt8(ascii: "-")), let month = digits(2),
      take(UInt8(ascii: "-")), let day = digits(2),
      let date = CivilDate(year: Int(year), month: Int(month), day: Int(day))
    else { return nil }
    let midnight = Milliseconds(date.daysSince1970) * 86_400_000
    guard position < text.count else { return midnight }
    guard take(UInt8(ascii: "T")) || take(UInt8(ascii: "t")) || take(UInt8(ascii: " ")) else {
      return nil
    }
    guard let hour = digits(2), take(UInt8(ascii: ":")), let minute = digits(2) else { return nil }
    var second: Int64 = 0
    var milliseconds: Int64 = 0
    if take(UInt8(ascii: ":")) {
      guard let seconds = digits(2) else { return nil }
      second = seconds
      if take(UInt8(ascii: ".")) {
        guard let fraction = fraction() else { return nil }
        milliseconds = fraction
      }
    }
    // 60 is a leap second; 24:00 is refused.
    guard hour < 24, minute < 60, second <= 60, let zone = zone() else { return nil }
    return midnight + (hour * 3600 + minute * 60 + second - zone) * 1000 + milliseconds
  }

  /// Seconds east of UTC.
  private mutating func zone() -> Int64? {
    guard position < text.count else { return 0 }
    if take(UInt8(ascii: "Z")) || take(UInt8(ascii: "z")) { return 0 }
    let isWest = take(UInt8(ascii: "-"))
    guard isWest || take(UInt8(ascii: "+")), let hours = digits(2) else { return nil }
    var minutes: Int64 = 0
    if position < text.count {
      _ = take(UInt8(ascii: ":"))
      guard let read = digits(2) else { return nil }
      minutes = read
    }
    guard hours < 24, minutes < 60 else { return nil }
    return (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  /// Milliseconds; further digits are cut off.
  private mutating func fraction() -> Int64? {
    let start = position
    var milliseconds: Int64 = 0
    var weight: Int64 = 100
    while position < text.count, isDigit(text[position]) {
      milliseconds += Int64(text[position] - UInt8(ascii: "0")) * weight
      weight /= 10
      position += 1
    }
    return position > start ? milliseconds : nil
  }

  private mutating func digits(_ count: Int) -> Int64? {
    guard position + count <= text.count else { return nil }
    var value: Int64 = 0
    for index in position..<position + count {
      guard isDigit(text[index]) else { return nil }
      value = value * 10 + Int64(text[index] - UInt8(ascii: "0"))
    }
    position += count
    return value
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < text.count, text[position] == byte else { return false }
    position += 1
    return true
  }
}
