/// Inverted dropout: y = x · kept / (1 − rate), where each element is kept with probability
/// 1 − rate, so that nothing needs to be scaled when the model is used.
///
/// Which elements are kept is a function of seed and position alone: the gradient is the same call
/// with dy for x, nothing is stored in between, and a run repeats with its seeds.
///
/// - Shape: x, y [count]; y may be x
/// - Parameter rate: in [0, 1).
/// - Source: Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks from
///   overfitting".
package func dropout(
  count: Int, rate: Float, seed: UInt64,
  x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>
) {
  precondition(rate >= 0 && rate < 1)
  let threshold = UInt32(Double(rate) * 0x1p32)
  let scale = 1 / (1 - rate)
  for pair in 0..<(count / 2) {
    let bits = dropoutBits(seed, pair)
    let i = 2 * pair
    y[i] = UInt32(truncatingIfNeeded: bits) >= threshold ? x[i] * scale : 0
    y[i + 1] = UInt32(truncatingIfNeeded: bits >> 32) >= threshold ? x[i + 1] * scale : 0
  }
  if count % 2 == 1 {
    let bits = dropoutBits(seed, count / 2)
    y[count - 1] = UInt32(truncatingIfNeeded: bits) >= threshold ? x[count - 1] * scale : 0
  }
}

/// SplitMix64's number at a place: 32 bits for each of two elements.
@inline(__always)
private func dropoutBits(_ seed: UInt64, _ pair: Int) -> UInt64 {
  var z = seed &+ UInt64(truncatingIfNeeded: pair + 1) &* 0x9e37_79b9_7f4a_7c15
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}
