import Glibc

/// A seeded generator (SplitMix64) with the distributions of the tests.
struct RandomSource: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// In the open interval from 0 to 1.
  mutating func uniform() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }

  mutating func gaussian() -> Double {
    (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
  }

  mutating func laplace() -> Double {
    let centred = uniform() - 0.5
    return (centred < 0 ? 1 : -1) * log(1 - 2 * abs(centred))
  }

  mutating func student(degrees: Int) -> Double {
    var sum = 0.0
    for _ in 0..<degrees {
      let normal = gaussian()
      sum += normal * normal
    }
    return gaussian() / (sum / Double(degrees)).squareRoot()
  }

  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }
}
