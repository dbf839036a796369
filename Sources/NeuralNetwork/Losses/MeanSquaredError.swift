/// Σ (prediction − target)², PyTorch's `nn.MSELoss`.
///
/// - Shape: all [count]
package func squaredError(
  count: Int, predictions: UnsafePointer<Float>, targets: UnsafePointer<Float>,
  mask: UnsafePointer<Float>?, dPredictions: UnsafeMutablePointer<Float>?, gradientScale: Float
) -> LossSum {
  elementwiseLoss(
    count: count, predictions: predictions, targets: targets, mask: mask,
    dPredictions: dPredictions, gradientScale: gradientScale
  ) { error in
    (Double(error) * Double(error), 2 * error)
  }
}
