/// y = max over time of each column: its strongest activation anywhere in a sequence.
///
/// Steps whose mask is zero do not count; a sequence without any gives zeros. Of equal values the
/// first one counts, and gets the gradient.
///
/// - Shape: x [T, B, W]; mask [T, B] or nil; y [B, W]; winners [B, W]: the step of each maximum, or
///   −1
/// - Source: Collobert et al. (2011), "Natural language processing (almost) from scratch".
package func maxPoolingForward(
  steps: Int, batch: Int, width: Int, mask: UnsafePointer<Float>?,
  x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>,
  winners: UnsafeMutablePointer<Int32>
) {
  y.update(repeating: 0, count: batch * width)
  winners.update(repeating: -1, count: batch * width)
  for t in 0..<steps {
    for row in 0..<batch where mask.map({ $0[t * batch + row] != 0 }) ?? true {
      let source = x + (t * batch + row) * width
      let (best, winner) = (y + row * width, winners + row * width)
      for k in 0..<width where winner[k] < 0 || source[k] > best[k] {
        best[k] = source[k]
        winner[k] = Int32(truncatingIfNeeded: t)
      }
    }
  }
}

/// dx = dy at each maximum's step, zero elsewhere.
///
/// - Shape: dy, winners [B, W]; dx [T, B, W]
package func maxPoolingBackward(
  steps: Int, batch: Int, width: Int, winners: UnsafePointer<Int32>,
  dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>
) {
  dx.update(repeating: 0, count: steps * batch * width)
  for place in 0..<(batch * width) where winners[place] >= 0 {
    dx[Int(winners[place]) * batch * width + place] = dy[place]
  }
}
