import Glibc

/// A number in text.
package enum Decimal {
  case number(Double)
  /// NaN, an infinity, or more than a Float64 holds.
  case notFinite
}

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

/// Reads `[+-]digits[.digits][e[+-]digits]`, `nan`, `inf` or `infinity` in any case; nil where
/// the whole text is not that.
///
/// Up to 15 digits and exponents up to 22 are exact in Float64 arithmetic; the rest goes through
/// the C library.
package func parseDecimal(_ text: Bytes) -> Decimal? {
  var scanner = DecimalScanner(text)
  guard scanner.scan() else { return isNotFiniteWord(text) ? .notFinite : nil }
  if scanner.digitCount <= 15, abs(scanner.exponent) <= 22 {
    let mantissa = Double(scanner.mantissa)
    let magnitude =
      scanner.exponent < 0
      ? mantissa / powersOfTen(-scanner.exponent) : mantissa * powersOfTen(scanner.exponent)
    return .number(scanner.isNegative ? -magnitude : magnitude)
  }
  let value = withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { buffer in
    for index in 0..<text.count { buffer[index] = CChar(bitPattern: text[index]) }
    buffer[text.count] = 0
    // The scanner accepted the text, and nothing sets a locale, so the point is a point. A
    // buffer of at least one byte has an address.
    return buffer.baseAddress.map { strtod($0, nil) } ?? .nan
  }
  return value.isFinite ? .number(value) : .notFinite
}

/// Reads an integer of the given digits with an optional sign; nil where it is not one or does
/// not fit.
package func parseInteger(_ text: Bytes) -> Int64? {
  var position = 0
  let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
  if isNegative || (text.count > 0 && text[0] == UInt8(ascii: "+")) { position = 1 }
  guard position < text.count else { return nil }
  var value: Int64 = 0
  while position < text.count {
    guard isDigit(text[position]) else { return nil }
    let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
    let digit = Int64(text[position] - UInt8(ascii: "0"))
    let (sum, isOverflow) = product.addingReportingOverflow(isNegative ? -digit : digit)
    guard !isTooLarge, !isOverflow else { return nil }
    value = sum
    position += 1
  }
  return value
}

private struct DecimalScanner {
  let text: Bytes
  var position = 0
  var isNegative = false
  var mantissa: UInt64 = 0
  /// Digits from the first that is not zero on.
  var digitCount = 0
  var exponent = 0

  init(_ text: Bytes) { self.text = text }

  mutating func scan() -> Bool {
    guard text.count > 0 else { return false }
    if text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
      isNegative = text[0] == UInt8(ascii: "-")
      position = 1
    }
    var count = scanDigits()
    if position < text.count, text[position] == UInt8(ascii: ".") {
      position += 1
      let fraction = scanDigits()
      exponent = -fraction
      count += fraction
    }
    guard count > 0 else { return false }
    if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      guard scanExponent() else { return false }
    }
    return position == text.count
  }

  /// The number of digits that stood here.
  private mutating func scanDigits() -> Int {
    let start = position
    while position < text.count, isDigit(text[position]) {
      if digitCount > 0 || text[position] != UInt8(ascii: "0") { digitCount += 1 }
      if digitCount <= 18 {
        mantissa = mantissa * 10 + UInt64(text[position] - UInt8(ascii: "0"))
      }
      position += 1
    }
    return position - start
  }

  private mutating func scanExponent() -> Bool {
    guard position < text.count else { return false }
    let isNegative = text[position] == UInt8(ascii: "-")
    if isNegative || text[position] == UInt8(ascii: "+") { position += 1 }
    let start = position
    var value = 0
    while position < text.count, isDigit(text[position]) {
      // Far beyond Float64, where one more digit changes nothing.
      value = min(value * 10 + Int(text[position] - UInt8(ascii: "0")), 1_000_000)
      position += 1
    }
    exponent += isNegative ? -value : value
    return position > start
  }
}

private func isNotFiniteWord(_ text: Bytes) -> Bool {
  var word = text
  if let first = text.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
    word = Bytes(rebasing: text[1...])
  }
  func isWord(_ expected: StaticString) -> Bool {
    guard word.count == expected.utf8CodeUnitCount else { return false }
    for index in 0..<word.count where word[index] | 0x20 != expected.utf8Start[index] {
      return false
    }
    return true
  }
  return isWord("nan") || isWord("inf") || isWord("infinity")
}

/// 10 to the power of 0…22, each exact in Float64.
@inline(__always)
func powersOfTen(_ exponent: Int) -> Double {
  exactPowersOfTen[exponent]
}

private let exactPowersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
  1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]
