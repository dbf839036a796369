import Glibc

/// A seeded generator with the distributions of the tests.
package struct RandomSource: RandomNumberGenerator {
  private var bits: SplitMix

  package init(seed: UInt64) { bits = SplitMix(seed: seed) }

  package mutating func next() -> UInt64 { bits.next() }

  /// In the open interval from 0 to 1.
  package mutating func uniform() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }

  package mutating func gaussian() -> Double {
    (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
  }

  package mutating func laplace() -> Double {
    let centred = uniform() - 0.5
    return (centred < 0 ? 1 : -1) * log(1 - 2 * abs(centred))
  }

  package mutating func student(degrees: Int) -> Double {
    var sum = 0.0
    for _ in 0..<degrees {
      let normal = gaussian()
      sum += normal * normal
    }
    return gaussian() / (sum / Double(degrees)).squareRoot()
  }

  package mutating func chance(_ probability: Double) -> Bool { uniform() < probability }
}
