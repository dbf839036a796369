import Numerics
import Testing

/// Every one of the 65,536 patterns of both formats, at every instruction-set level.
@Suite struct NarrowKernelTests {
  static let patterns = (0...UInt16.max).map { $0 }

  /// The value of a pattern, built from its parts; NaN's payload moves to the upper bits, quieted.
  static func exact(_ bits: UInt16, _ format: NarrowFormat) -> Float {
    if format == .bfloat16 { return Float(bitPattern: UInt32(bits) << 16) }
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1f)
    let fraction = bits & 0x3ff
    if exponent == 31 {
      if fraction == 0 { return sign * .infinity }
      return Float(
        bitPattern: UInt32(bits & 0x8000) << 16 | 0x7fc0_0000 | UInt32(fraction) << 13)
    }
    let significand = Float(exponent == 0 ? fraction : fraction + 1024)
    return sign * significand * Float(sign: .plus, exponent: max(1, exponent) - 25, significand: 1)
  }

  static func widen(_ bits: [UInt16], _ format: NarrowFormat, _ kernels: NarrowKernels) -> [Float] {
    var values = [Float](repeating: -1, count: bits.count)
    kernels.widen(bits, from: format, into: &values, count: bits.count)
    return values
  }

  static func narrow(
    _ values: [Float], _ format: NarrowFormat, _ kernels: NarrowKernels
  ) -> [UInt16] {
    var bits = [UInt16](repeating: 0xdead, count: values.count)
    kernels.narrow(values, to: format, into: &bits, count: values.count)
    return bits
  }

  @Test("every 16-bit pattern widens to its exact value", arguments: NarrowFormat.allCases)
  func widening(_ format: NarrowFormat) {
    let expected = Self.patterns.map { Self.exact($0, format).bitPattern }
    for kernels in NarrowKernels.levels() {
      let values = Self.widen(Self.patterns, format, kernels).map(\.bitPattern)
      #expect(values == expected, "\(kernels.name)")
    }
  }

  @Test(
    "every 16-bit pattern comes back from Float as it was; NaN quieted",
    arguments: NarrowFormat.allCases)
  func roundTrip(_ format: NarrowFormat) {
    let quiet: UInt16 = format == .float16 ? 0x200 : 0x40
    let expected = Self.patterns.map { bits in
      Self.exact(bits, format).isNaN ? bits | quiet : bits
    }
    for kernels in NarrowKernels.levels() {
      let values = Self.patterns.map { Self.exact($0, format) }
      #expect(Self.narrow(values, format, kernels) == expected, "\(kernels.name)")
    }
  }

  @Test(
    "rounding to 16 bits takes the nearer neighbour, the even one of two, or infinity",
    arguments: NarrowFormat.allCases)
  func rounding(_ format: NarrowFormat) {
    let infinity: UInt16 = format == .float16 ? 0x7c00 : 0x7f80
    // Exactly between a number and its neighbour away from zero; one step beyond the largest number
    // is what the range without infinity would have next.
    var (values, expected): ([Float], [UInt16]) = ([], [])
    for sign: UInt16 in [0, 0x8000] {
      for bits in 0..<infinity {
        let low = Self.exact(bits, format)
        let high =
          bits + 1 == infinity
          ? Double(low) + Double(low) - Double(Self.exact(bits - 1, format))
          : Double(Self.exact(bits + 1, format))
        let middle = Float((Double(low) + high) / 2)
        #expect(Double(middle) == (Double(low) + high) / 2)
        let even = bits & 1 == 0 ? bits : bits + 1
        for (value, nearest) in [
          (middle, even), (middle.nextDown, bits), (middle.nextUp, bits + 1),
        ] {
          values.append(sign == 0 ? value : -value)
          expected.append(nearest | sign)
        }
      }
    }
    for kernels in NarrowKernels.levels() {
      #expect(Self.narrow(values, format, kernels) == expected, "\(kernels.name)")
    }
  }

  @Test("what is far out of range, tiny or not a number is itself in 16 bits")
  func extremes() {
    let signalling = Float(bitPattern: 0xff80_2001)
    let values: [Float] = [
      .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0,
      .infinity, -.infinity, .nan, signalling,
    ]
    for kernels in NarrowKernels.levels() {
      let half = Self.narrow(values, .float16, kernels)
      #expect(half == [0x7c00, 0xfc00, 0, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0xfe01])
      let brain = Self.narrow(values, .bfloat16, kernels)
      #expect(brain == [0x7f80, 0xff80, 0, 0x8000, 0x7f80, 0xff80, 0x7fc0, 0xffc0])
    }
  }

  @Test("random floats round alike at every level and any length, float16 as Swift's own")
  func levels() {
    var generator = RandomGenerator(seed: 31)
    let values = (0..<400_003).map { _ in
      Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
    }
    for format in NarrowFormat.allCases {
      let results = NarrowKernels.levels().map { Self.narrow(values, format, $0) }
      for result in results { #expect(result == results[0]) }
      for count in 0..<40 {
        let part = Self.narrow(Array(values[..<count]), format, .current)
        #expect(part == Array(results[0][..<count]))
      }
    }
    let half = Self.narrow(values, .float16, .current)
    for (value, bits) in zip(values, half) where !value.isNaN {
      #expect(Float16(value).bitPattern == bits)
    }
  }

  @Test("a buffer keeps rows of states to the format's rounding", arguments: NarrowFormat.allCases)
  func buffer(_ format: NarrowFormat) {
    var generator = RandomGenerator(seed: 7)
    let values = (0..<30).map { _ in Float(generator.normal()) }
    var buffer = NarrowBuffer(format, count: 40)
    buffer.store(values, at: 5, count: 30)
    var back = [Float](repeating: 9, count: 40)
    buffer.load(into: &back, count: 40)
    #expect(back[..<5].allSatisfy { $0 == 0 } && back[35...].allSatisfy { $0 == 0 })
    for (value, stored) in zip(values, back[5...]) {
      #expect(abs(Double(stored - value)) <= format.roundingError * Double(abs(value)))
    }
  }
}
