/// Random numbers that are the same on every machine.
///
/// Only additions, multiplications, divisions and square roots are used, which IEEE 754 fixes to
/// the last bit; the C library's `log` and `cos` differ between versions and processors.
///
/// - Source: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators".
package struct FixtureRandom {
  private var state: UInt64

  /// Streams of one seed are independent of each other.
  package init(seed: UInt64, stream: UInt64) {
    state = seed
    let mixed = next()
    state = mixed ^ (stream &+ 1) &* 0xD134_2543_DE82_EF95
    state = next()
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// In [0, 1).
  package mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  package mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// - Precondition: the range holds fewer than 2^32 integers, beyond which a bias would show.
  package mutating func integer(in range: ClosedRange<Int>) -> Int {
    precondition(range.count < 1 << 32)
    return range.lowerBound + Int(next() % UInt64(range.count))
  }

  /// Mean 0 and variance 1, normal but for its tails, which end at 6 (sum of twelve uniforms).
  package mutating func gaussian() -> Double {
    var sum = -6.0
    for _ in 0..<12 { sum += uniform() }
    return sum
  }

  /// Student's t with three degrees of freedom: one value in 500 lies beyond 10.
  package mutating func heavyTailed() -> Double {
    let (a, b, c) = (gaussian(), gaussian(), gaussian())
    return gaussian() / max(0.01, ((a * a + b * b + c * c) / 3).squareRoot())
  }

  /// Exponential with mean 1: half the sum of two squared normals.
  package mutating func exponential() -> Double {
    let (a, b) = (gaussian(), gaussian())
    return (a * a + b * b) / 2
  }
}
