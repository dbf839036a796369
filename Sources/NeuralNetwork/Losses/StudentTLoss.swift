import Glibc

/// Σ −log density of Student's t at the targets, PyTorch's `distributions.StudentT(ν, μ, σ)`.
///
///     z = (target − μ) / σ
///     loss = log σ + ½ log νπ + logΓ(ν/2) − logΓ((ν+1)/2) + ½(ν+1) log(1 + z²/ν)
///     dμ = −(ν+1)z / (σ(ν+z²))        dσ = ν(1 − z²) / (σ(ν+z²))
///     dν = ½(1/ν + ψ(ν/2) − ψ((ν+1)/2) + log(1 + z²/ν) − (ν+1)z² / (ν(ν+z²)))
///
/// - Shape: parameters, dParameters [rows, steps, 3] with strides: ν degrees of freedom, μ
///   location, σ scale (`studentTHeadForward` makes them); targets, mask [rows, steps]
/// - Precondition: degrees of freedom and scales that count are above zero.
/// - Source: Lange, Little, Taylor (1989), "Robust statistical modeling using the t distribution".
package func studentTLoss(
  rows: Int, steps: Int, parameters: UnsafePointer<Float>, parametersStride: Int,
  targets: UnsafePointer<Float>, mask: UnsafePointer<Float>?,
  dParameters: UnsafeMutablePointer<Float>?, dStride: Int, gradientScale: Float
) -> LossSum {
  var total = LossSum()
  for row in 0..<rows {
    let parameter = parameters + row * parametersStride
    let gradient = dParameters.map { $0 + row * dStride }
    for step in 0..<steps {
      let place = 3 * step
      if let mask, mask[row * steps + step] == 0 {
        if let gradient { (gradient + place).update(repeating: 0, count: 3) }
        continue
      }
      let distribution = StudentT(
        degreesOfFreedom: Double(parameter[place]), location: Double(parameter[place + 1]),
        scale: Double(parameter[place + 2]))
      let target = Double(targets[row * steps + step])
      total.sum -= distribution.logDensity(target)
      total.count += 1
      guard let gradient else { continue }
      let slopes = distribution.logDensityGradient(target)
      gradient[place] = -Float(slopes.degreesOfFreedom) * gradientScale
      gradient[place + 1] = -Float(slopes.location) * gradientScale
      gradient[place + 2] = -Float(slopes.scale) * gradientScale
    }
  }
  return total
}
