/// The sum of a loss over the values that the mask counts.
///
/// All losses here keep to one form. They return the sum and what they counted, so that shards of a
/// minibatch can be added before the mean is taken (PyTorch's `reduction="sum"`; `mean` is its
/// `reduction="mean"` over the values that count). A place counts where its mask is not zero, or
/// everywhere without a mask; what stands at other places, NaN included, has no influence. Where a
/// buffer for a gradient is given, it becomes gradientScale times the gradient of the sum, zero at
/// masked places; 1 / count as the scale gives the mean's gradient.
package struct LossSum: Sendable, Equatable {
  package var sum: Double
  package var count: Int

  package init(sum: Double = 0, count: Int = 0) {
    self.sum = sum
    self.count = count
  }

  /// Zero where nothing was counted.
  package var mean: Double { count == 0 ? 0 : sum / Double(count) }

  package static func += (left: inout LossSum, right: LossSum) {
    left.sum += right.sum
    left.count += right.count
  }
}

/// The loop of losses with one prediction for each target; `loss` gives value and slope of an
/// error.
@inline(__always)
func elementwiseLoss(
  count: Int, predictions: UnsafePointer<Float>, targets: UnsafePointer<Float>,
  mask: UnsafePointer<Float>?, dPredictions: UnsafeMutablePointer<Float>?, gradientScale: Float,
  _ loss: (_ error: Float) -> (value: Double, slope: Float)
) -> LossSum {
  var total = LossSum()
  for index in 0..<count {
    if let mask, mask[index] == 0 {
      if let dPredictions { dPredictions[index] = 0 }
      continue
    }
    let (value, slope) = loss(predictions[index] - targets[index])
    total.sum += value
    total.count += 1
    if let dPredictions { dPredictions[index] = slope * gradientScale }
  }
  return total
}
