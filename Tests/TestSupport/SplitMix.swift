/// The tests' seeded generator: the same numbers for a seed on every machine.
///
/// - Source: Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators".
package struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// In [0, bound), each with nearly the same probability.
  package mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// In [0, 1).
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}
