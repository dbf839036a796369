import Glibc

/// Σ log(1 + exp(z)) − t·z, PyTorch's `nn.BCEWithLogitsLoss`: targets t in [0, 1], logits z.
///
///     loss = max(z, 0) − t·z + log(1 + exp(−|z|))        dz = σ(z) − t
///
/// - Shape: all [count]
package func binaryCrossEntropyLoss(
  count: Int, logits: UnsafePointer<Float>, targets: UnsafePointer<Float>,
  mask: UnsafePointer<Float>?, dLogits: UnsafeMutablePointer<Float>?, gradientScale: Float
) -> LossSum {
  var total = LossSum()
  for index in 0..<count {
    if let mask, mask[index] == 0 {
      if let dLogits { dLogits[index] = 0 }
      continue
    }
    let (logit, target) = (Double(logits[index]), Double(targets[index]))
    // exp of a number that is not positive, which never overflows.
    let small = exp(-abs(logit))
    total.sum += (logit > 0 ? logit : 0) - target * logit + log1p(small)
    total.count += 1
    guard let dLogits else { continue }
    let probability = logit >= 0 ? 1 / (1 + small) : small / (1 + small)
    dLogits[index] = Float(probability - target) * gradientScale
  }
  return total
}
