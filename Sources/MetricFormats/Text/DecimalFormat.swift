import Glibc

/// Writes numbers as decimal text, rounded to a power of ten that is fine enough for a spread.
///
/// Rounding to a hundredth of the spread makes a forecast's record a third as long and costs
/// nothing that a reader could use. Plain digits between 1e-9 and 1e15, beyond in the form
/// `1.23e-12`; trailing zeros behind the point are left out. At most 15 digits, which is what
/// Float64 holds.
struct DecimalFormat {
  /// Numbers are multiples of 10 to this power.
  let exponent: Int
  /// 10 to the power of `-exponent`, or of `exponent` where that is positive.
  private let power: Double

  /// The longest text of a number: sign, 15 digits, point, and exponent or leading zeros.
  static let lengthMaximum = 32

  /// - Parameters:
  ///   - spread: numbers are rounded to a hundredth of it or finer. Where it is not positive, seven
  ///     digits of `magnitude` are kept, which is the precision of the model.
  init(spread: Double, magnitude: Double) {
    let resolution: Double
    if spread > 0, spread.isFinite {
      resolution = spread / 100
    } else if magnitude > 0, magnitude.isFinite {
      resolution = magnitude / 1e6
    } else {
      resolution = 1
    }
    // A hundredth of 1e-7 is a little less than 1e-9 in Float64, and is to be 1e-9 here. Beyond
    // 1e±300 Float64 runs out of powers of ten to scale by.
    let logarithm = log10(resolution * (1 + 1e-9)).rounded(.down)
    exponent = Int(max(-300, min(300, logarithm)))
    power = abs(exponent) <= 22 ? powersOfTen(abs(exponent)) : pow(10, Double(abs(exponent)))
  }

  /// Writes the number, or `null` where it is not finite.
  ///
  /// - Returns: the position behind it.
  /// - Precondition: there is room for `lengthMaximum` bytes.
  @inline(__always)
  func write(_ value: Double, to output: UnsafeMutablePointer<UInt8>) -> Int {
    let scaled = exponent > 0 ? value / power : value * power
    // False for NaN as well.
    guard abs(scaled) < 1e15 else { return writeBeyondResolution(value, to: output) }
    // Adding 1.5 · 2^52 leaves the nearest integer in the low bits of the sum.
    let shift = 6_755_399_441_055_744.0
    let rounded =
      Int64(bitPattern: (scaled + shift).bitPattern) &- Int64(bitPattern: shift.bitPattern)
    guard rounded != 0 else {
      output[0] = UInt8(ascii: "0")
      return 1
    }
    var position = 0
    if rounded < 0 {
      output[0] = UInt8(ascii: "-")
      position = 1
    }
    let digits = rounded.magnitude
    if digits < 100_000_000, exponent <= 0, exponent >= -7 {
      return position + writeShort(UInt32(digits), decimals: -exponent, to: output + position)
    }
    if exponent <= 0, exponent >= -9 {
      return position + writeFixed(digits, decimals: -exponent, to: output + position)
    }
    return position + writeScaled(digits, exponent: exponent, to: output + position)
  }
}

/// A number that has more than 15 digits at the resolution, or is not finite.
@inline(never)
private func writeBeyondResolution(
  _ value: Double, to output: UnsafeMutablePointer<UInt8>
) -> Int {
  guard value.isFinite else {
    let null: StaticString = "null"
    output.update(from: null.utf8Start, count: 4)
    return 4
  }
  let exponent = Int(log10(abs(value)).rounded(.down)) - 14
  // In two steps, since 10 to the power of 322 is no Float64.
  let scaled = abs(value) / pow(10, Double(exponent / 2)) / pow(10, Double(exponent - exponent / 2))
  var position = 0
  if value < 0 {
    output[0] = UInt8(ascii: "-")
    position = 1
  }
  position += writeScaled(UInt64(scaled.rounded()), exponent: exponent, to: output + position)
  return position
}

/// Writes `digits · 10^-decimals` for at most eight digits, of which at most seven are decimals:
/// nearly every number of a forecast, so all digits at once in one word.
///
/// - Precondition: `digits` is in 1..<1e8, and 17 bytes may be written.
/// - Source: Khuong (2017), "How to print integers really fast", with the point put in.
@inline(__always)
private func writeShort(
  _ digits: UInt32, decimals: Int, to output: UnsafeMutablePointer<UInt8>
) -> Int {
  // Two lanes of four digits, then four of two, then eight of one; the first digit lowest.
  let high = digits / 10_000
  let fours = UInt64(high) | UInt64(digits - high * 10_000) << 32
  let hundreds = (fours &* 10_486) >> 20 & 0x0000_007F_0000_007F
  let twos = hundreds | (fours &- hundreds &* 100) << 16
  let tens = (twos &* 103) >> 10 & 0x000F_000F_000F_000F
  let ones = tens | (twos &- tens &* 10) << 8

  let count = 8 - ones.trailingZeroBitCount / 8
  let total = max(count, decimals + 1)
  let wholeCount = total - decimals
  let text = (ones | 0x3030_3030_3030_3030) &>> UInt64((8 - total) * 8)
  let target = UnsafeMutableRawPointer(output)
  target.storeBytes(of: text, as: UInt64.self)
  guard decimals > 0 else { return wholeCount }
  // A point without digits behind it is written too, but not counted: whether the last digit is
  // zero cannot be foreseen by a branch.
  let decimalsLeft = decimals - min(decimals, ones.leadingZeroBitCount / 8)
  output[wholeCount] = UInt8(ascii: ".")
  target.storeBytes(
    of: text &>> UInt64(wholeCount * 8), toByteOffset: wholeCount + 1, as: UInt64.self)
  let isCounted = (0 &- decimalsLeft) >> (Int.bitWidth - 1)
  return wholeCount &+ ((1 &+ decimalsLeft) & isCounted)
}

/// Writes `digits · 10^-decimals`.
@inline(never)
private func writeFixed(
  _ digits: UInt64, decimals: Int, to output: UnsafeMutablePointer<UInt8>
) -> Int {
  var digits = digits
  var decimals = decimals
  while decimals > 0 {
    let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: 10)
    guard remainder == 0 else { break }
    digits = quotient
    decimals -= 1
  }
  let count = digitCount(digits)
  guard decimals > 0 else {
    writeDigits(digits, count: count, to: output)
    return count
  }
  // All digits one place to the right, then those before the point back.
  let total = max(count, decimals + 1)
  for index in 1...total - count + 1 { output[index] = UInt8(ascii: "0") }
  writeDigits(digits, count: count, to: output + 1 + total - count)
  let wholeCount = total - decimals
  for index in 0..<wholeCount { output[index] = output[index + 1] }
  output[wholeCount] = UInt8(ascii: ".")
  return total + 1
}

/// Writes `digits · 10^exponent`: with zeros where it is a whole number below 1e15, else as
/// `d.ddde±x`.
@inline(never)
private func writeScaled(
  _ digits: UInt64, exponent: Int, to output: UnsafeMutablePointer<UInt8>
) -> Int {
  var digits = digits
  var exponent = exponent
  while digits % 10 == 0 {
    digits /= 10
    exponent += 1
  }
  let count = digitCount(digits)
  if exponent >= 0, count + exponent <= 15 {
    writeDigits(digits, count: count, to: output)
    for index in 0..<exponent { output[count + index] = UInt8(ascii: "0") }
    return count + exponent
  }
  var position = count
  if count == 1 {
    writeDigits(digits, count: 1, to: output)
  } else {
    writeDigits(digits, count: count, to: output + 1)
    output[0] = output[1]
    output[1] = UInt8(ascii: ".")
    position += 1
  }
  output[position] = UInt8(ascii: "e")
  position += 1
  let power = exponent + count - 1
  if power < 0 {
    output[position] = UInt8(ascii: "-")
    position += 1
  }
  let powerCount = digitCount(UInt64(power.magnitude))
  writeDigits(UInt64(power.magnitude), count: powerCount, to: output + position)
  return position + powerCount
}

/// Writes an integer; at most 20 bytes.
///
/// - Returns: the number of bytes.
func writeInteger(_ value: Int64, to output: UnsafeMutablePointer<UInt8>) -> Int {
  var position = 0
  if value < 0 {
    output[0] = UInt8(ascii: "-")
    position = 1
  }
  let count = digitCount(value.magnitude)
  writeDigits(value.magnitude, count: count, to: output + position)
  return position + count
}

/// At least 1.
@inline(__always)
private func digitCount(_ value: UInt64) -> Int {
  var count = 1
  var rest = value
  while rest >= 10_000 {
    rest /= 10_000
    count += 4
  }
  return count + (rest >= 1000 ? 3 : rest >= 100 ? 2 : rest >= 10 ? 1 : 0)
}

/// From the right, two at a time.
@inline(__always)
private func writeDigits(
  _ value: UInt64, count: Int, to output: UnsafeMutablePointer<UInt8>
) {
  let pairs = digitPairs.utf8Start
  var position = count
  var rest = value
  while rest >= 100 {
    let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
    position -= 2
    output[position] = pairs[Int(pair) * 2]
    output[position + 1] = pairs[Int(pair) * 2 + 1]
    rest = quotient
  }
  if rest >= 10 {
    output[position - 2] = pairs[Int(rest) * 2]
    output[position - 1] = pairs[Int(rest) * 2 + 1]
  } else {
    output[position - 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest)
  }
}

private let digitPairs: StaticString = """
  00010203040506070809101112131415161718192021222324252627282930313233343536373839\
  40414243444546474849505152535455565758596061626364656667686970717273747576777879\
  8081828384858687888990919293949596979899
  """
