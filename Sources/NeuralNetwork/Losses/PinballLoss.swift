/// Σ max(q·e, (q−1)·e) with e = target − prediction, for many quantiles at once.
///
/// A prediction that equals its target has the slope of one below it, −q, so that ties do not stop
/// the learning. (PyTorch has no pinball loss; `torch.maximum` would take the mean of both slopes.)
///
/// - Shape: predictions, dPredictions [rows, steps, Q] with strides; targets, mask [rows, steps];
///   quantiles [Q]; counts Q values for each target
/// - Source: Koenker and Bassett (1978), "Regression quantiles".
package func pinballLoss(
  rows: Int, steps: Int, quantiles: UnsafeBufferPointer<Float>,
  predictions: UnsafePointer<Float>, predictionsStride: Int,
  targets: UnsafePointer<Float>, mask: UnsafePointer<Float>?,
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
      if let mask, mask[row * steps + step] == 0 {
        if let gradient { (gradient + place).update(repeating: 0, count: levels) }
        continue
      }
      let target = targets[row * steps + step]
      for q in 0..<levels {
        let error = target - prediction[place + q]
        // NaN must stay NaN in the slope too.
        let slope = error >= 0 ? quantiles[q] : error < 0 ? quantiles[q] - 1 : error
        rowSum += Double(slope * error)
        if let gradient { gradient[place + q] = -slope * gradientScale }
      }
      total.count += levels
    }
    total.sum += rowSum
  }
  return total
}
