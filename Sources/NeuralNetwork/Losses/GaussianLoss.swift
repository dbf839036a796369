import Glibc

/// Σ ½(log v + (target − mean)² / v), PyTorch's `nn.GaussianNLLLoss` with v = max(variance, ε).
///
/// As there, the constant ½ log 2π is left out unless `full`, and the gradient of a variance below
/// ε is that at ε, so that it still points away from zero.
///
///     dmean = (mean − target) / v        dv = ½(1 − (target − mean)² / v) / v
///
/// - Shape: parameters, dParameters [rows, steps, 2] with strides: mean, variance; targets, mask
///   [rows, steps]
/// - Precondition: variances that count are not negative.
/// - Source: Nix and Weigend (1994), "Estimating the mean and variance of the target probability
///   distribution".
package func gaussianLoss(
  rows: Int, steps: Int, parameters: UnsafePointer<Float>, parametersStride: Int,
  targets: UnsafePointer<Float>, mask: UnsafePointer<Float>?,
  dParameters: UnsafeMutablePointer<Float>?, dStride: Int, gradientScale: Float,
  epsilon: Double = 1e-6, full: Bool = false
) -> LossSum {
  precondition(epsilon > 0)
  let constant = full ? 0.5 * log(2 * Double.pi) : 0
  var total = LossSum()
  for row in 0..<rows {
    let parameter = parameters + row * parametersStride
    let gradient = dParameters.map { $0 + row * dStride }
    for step in 0..<steps {
      let place = 2 * step
      if let mask, mask[row * steps + step] == 0 {
        if let gradient { (gradient + place).update(repeating: 0, count: 2) }
        continue
      }
      precondition(!(parameter[place + 1] < 0), "negative variance")
      // NaN must pass: max would drop it.
      let given = Double(parameter[place + 1])
      let variance = given < epsilon ? epsilon : given
      let error = Double(parameter[place]) - Double(targets[row * steps + step])
      total.sum += 0.5 * (log(variance) + error * error / variance) + constant
      total.count += 1
      guard let gradient else { continue }
      gradient[place] = Float(error / variance) * gradientScale
      gradient[place + 1] =
        Float(0.5 * (1 - error * error / variance) / variance) * gradientScale
    }
  }
  return total
}
