/// Numbers for people: three or four digits that count, and a suffix for large ones.
package enum CompactNumber {
  private static let suffixes = ["", "k", "M", "G", "T", "P"]

  package static func text(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let magnitude = abs(value)
    if magnitude >= 1e18 { return scientific(value) }
    if magnitude < 0.005 { return magnitude < 5e-7 ? "0" : scientific(value) }
    var scaled = magnitude
    var suffix = 0
    // What would be rounded to 1000 belongs to the next suffix.
    while scaled >= 999.5, suffix < suffixes.count - 1 {
      scaled /= 1000
      suffix += 1
    }
    let decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0
    return (value < 0 ? "-" : "") + fixed(scaled, decimals) + suffixes[suffix]
  }

  /// - Precondition: `value` is finite and not negative, and has no more than 15 digits.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    let scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
    let digits = Int((value * Double(scale)).rounded())
    guard decimals > 0 else { return "\(digits)" }
    let fraction = "\(digits % scale)"
    return "\(digits / scale)."
      + String(repeating: "0", count: decimals - fraction.utf8.count) + fraction
  }

  /// Whole numbers with their thousands apart: 1,234,567.
  package static func grouped(_ number: some BinaryInteger) -> String {
    var text = ""
    for (position, digit) in "\(number.magnitude)".reversed().enumerated() {
      if position > 0, position % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (number < 0 ? "-" : "") + String(text.reversed())
  }

  private static func scientific(_ value: Double) -> String {
    var exponent = 0
    var mantissa = abs(value)
    while mantissa >= 9.95 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa < 0.995 {
      mantissa *= 10
      exponent -= 1
    }
    return (value < 0 ? "-" : "") + fixed(mantissa, 1) + "e\(exponent)"
  }
}
