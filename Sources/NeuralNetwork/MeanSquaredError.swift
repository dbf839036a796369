/// Σ (prediction − target)² over values whose mask is not zero.
///
/// What stands at masked places, NaN included, has no influence. Where dPredictions is given it
/// becomes gradientScale times the gradient, zero at masked places.
///
/// - Shape: all [count]
package func squaredError(
  count: Int, predictions: UnsafePointer<Float>, targets: UnsafePointer<Float>,
  mask: UnsafePointer<Float>, dPredictions: UnsafeMutablePointer<Float>?, gradientScale: Float
) -> LossSum {
  var total = LossSum()
  for index in 0..<count {
    guard mask[index] != 0 else {
      if let dPredictions { dPredictions[index] = 0 }
      continue
    }
    let error = predictions[index] - targets[index]
    total.sum += Double(error) * Double(error)
    total.count += 1
    if let dPredictions { dPredictions[index] = 2 * error * gradientScale }
  }
  return total
}
