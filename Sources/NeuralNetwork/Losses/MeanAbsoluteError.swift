/// Σ |prediction − target|, PyTorch's `nn.L1Loss`; the slope at zero is zero, as there.
///
/// - Shape: all [count]
package func absoluteError(
  count: Int, predictions: UnsafePointer<Float>, targets: UnsafePointer<Float>,
  mask: UnsafePointer<Float>?, dPredictions: UnsafeMutablePointer<Float>?, gradientScale: Float
) -> LossSum {
  elementwiseLoss(
    count: count, predictions: predictions, targets: targets, mask: mask,
    dPredictions: dPredictions, gradientScale: gradientScale
  ) { error in
    // NaN must stay NaN in the slope too.
    (Double(abs(error)), error > 0 ? 1 : error < 0 ? -1 : error)
  }
}
