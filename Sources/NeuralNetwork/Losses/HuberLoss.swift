/// Σ ½e² where |e| ≤ δ, else δ·(|e| − ½δ), with e = prediction − target: PyTorch's `nn.HuberLoss`.
///
/// PyTorch's `nn.SmoothL1Loss(beta)` is this with δ = beta, divided by beta.
///
/// - Shape: all [count]
/// - Source: Huber (1964), "Robust estimation of a location parameter".
package func huberLoss(
  count: Int, delta: Float, predictions: UnsafePointer<Float>, targets: UnsafePointer<Float>,
  mask: UnsafePointer<Float>?, dPredictions: UnsafeMutablePointer<Float>?, gradientScale: Float
) -> LossSum {
  precondition(delta > 0)
  return elementwiseLoss(
    count: count, predictions: predictions, targets: targets, mask: mask,
    dPredictions: dPredictions, gradientScale: gradientScale
  ) { error in
    let size = Double(abs(error))
    if size > Double(delta) {
      return (Double(delta) * (size - 0.5 * Double(delta)), error > 0 ? delta : -delta)
    }
    return (0.5 * size * size, error)
  }
}
