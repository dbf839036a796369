/// The sum of a loss over the values that the mask counts.
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

/// Σ max(q·e, (q−1)·e) with e = target − prediction, over values whose mask is not zero.
///
/// What stands at masked places, NaN included, has no influence. Where dPredictions is given it
/// becomes gradientScale times the gradient, zero at masked places.
///
/// - Shape: predictions, dPredictions [rows, steps, Q] with strides; targets, mask [rows, steps];
///   quantiles [Q]
/// - Source: Koenker and Bassett (1978), "Regression quantiles".
package func pinballLoss(
  rows: Int, steps: Int, quantiles: UnsafeBufferPointer<Float>,
  predictions: UnsafePointer<Float>, predictionsStride: Int,
  targets: UnsafePointer<Float>, mask: UnsafePointer<Float>,
  dPredictions: UnsafeMutablePointer<Float>?, dStride: Int, gradientScale: Float
) -> LossSum {
  let levels = quantiles.count
  var total = LossSum()
  for row in 0..<rows {
    let prediction = predictions + row * predictionsStride
    let gradient = dPredictions.map { $0 + row * dStride }
    var rowSum = 0.0
    for step in 0..<steps {
      let place = step * levels
      guard mask[row * steps + step] != 0 else {
        if let gradient { (gradient + place).update(repeating: 0, count: levels) }
        continue
      }
      let target = targets[row * steps + step]
      for q in 0..<levels {
        let error = target - prediction[place + q]
        let slope = error >= 0 ? quantiles[q] : quantiles[q] - 1
        rowSum += Double(slope * error)
        if let gradient { gradient[place + q] = -slope * gradientScale }
      }
      total.count += levels
    }
    total.sum += rowSum
  }
  return total
}
