/// Prints generated numbers with few digits, the same on every machine.
package enum FixtureNumber {
  static let significantDigits = 5

  /// The nearest number of five significant digits.
  ///
  /// Powers of ten up to 22 are exact, so one correctly rounded division or multiplication yields
  /// the number whose shortest text has these digits.
  package static func rounded(_ value: Double) -> Double {
    guard value != 0, value.isFinite else { return value }
    var exponent = significantDigits - 1
    // No logarithm: its last bit differs between machines.
    while scaled(value, exponent) >= 99_999.5 { exponent -= 1 }
    while scaled(value, exponent) < 9_999.95, exponent < 22 { exponent += 1 }
    let digits = (exponent >= 0 ? value * power(exponent) : value / power(-exponent)).rounded()
    return exponent >= 0 ? digits / power(exponent) : digits * power(-exponent)
  }

  private static func scaled(_ value: Double, _ exponent: Int) -> Double {
    let magnitude = value.magnitude
    return exponent >= 0 ? magnitude * power(exponent) : magnitude / power(-exponent)
  }

  private static func power(_ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<exponent { result *= 10 }
    return result
  }

  static func append(_ value: Double, isInteger: Bool, to bytes: inout [UInt8]) {
    if isInteger {
      bytes.append(contentsOf: String(Int64(value)).utf8)
    } else {
      bytes.append(contentsOf: rounded(value).description.utf8)
    }
  }
}
