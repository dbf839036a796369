import Glibc

// What turns a linear layer's outputs, any numbers, into the parameters of a distribution.

/// y = log(1 + exp(x)), PyTorch's `softplus`; above 20 it is x, as there.
package func softplus(_ x: Double) -> Double {
  x > 20 ? x : log1p(exp(x))
}

/// softplus′(x) = σ(x)
package func softplusSlope(_ x: Double) -> Double {
  x > 20 ? 1 : 1 / (1 + exp(-x))
}

/// mean = r₀, variance = softplus(r₁) + floor
///
/// - Shape: raw, parameters [rows, steps, 2] with strides; parameters may be raw
package func gaussianHeadForward(
  rows: Int, steps: Int, raw: UnsafePointer<Float>, rawStride: Int,
  parameters: UnsafeMutablePointer<Float>, parametersStride: Int, floor: Double = 1e-6
) {
  for row in 0..<rows {
    for place in stride(from: 0, to: 2 * steps, by: 2) {
      let source = raw + row * rawStride + place
      let target = parameters + row * parametersStride + place
      target[0] = source[0]
      target[1] = Float(softplus(Double(source[1])) + floor)
    }
  }
}

/// The gradient of the raw outputs from that of the parameters; dRaw may be dParameters.
package func gaussianHeadBackward(
  rows: Int, steps: Int, raw: UnsafePointer<Float>, rawStride: Int,
  dParameters: UnsafePointer<Float>, dRaw: UnsafeMutablePointer<Float>, dStride: Int
) {
  for row in 0..<rows {
    for place in stride(from: 0, to: 2 * steps, by: 2) {
      let at = row * dStride + place
      let slope = softplusSlope(Double(raw[row * rawStride + place + 1]))
      dRaw[at] = dParameters[at]
      dRaw[at + 1] = dParameters[at + 1] * Float(slope)
    }
  }
}

/// ν = 2 + softplus(r₀), so that the variance exists; μ = r₁; σ = softplus(r₂) + floor
///
/// - Shape: raw, parameters [rows, steps, 3] with strides; parameters may be raw
/// - Source: Salinas et al. (2020), "DeepAR", with the bound on ν that GluonTS uses.
package func studentTHeadForward(
  rows: Int, steps: Int, raw: UnsafePointer<Float>, rawStride: Int,
  parameters: UnsafeMutablePointer<Float>, parametersStride: Int, floor: Double = 1e-6
) {
  for row in 0..<rows {
    for place in stride(from: 0, to: 3 * steps, by: 3) {
      let source = raw + row * rawStride + place
      let target = parameters + row * parametersStride + place
      target[0] = Float(2 + softplus(Double(source[0])))
      target[1] = source[1]
      target[2] = Float(softplus(Double(source[2])) + floor)
    }
  }
}

/// The gradient of the raw outputs from that of the parameters; dRaw may be dParameters.
package func studentTHeadBackward(
  rows: Int, steps: Int, raw: UnsafePointer<Float>, rawStride: Int,
  dParameters: UnsafePointer<Float>, dRaw: UnsafeMutablePointer<Float>, dStride: Int
) {
  for row in 0..<rows {
    for place in stride(from: 0, to: 3 * steps, by: 3) {
      let source = raw + row * rawStride + place
      let at = row * dStride + place
      dRaw[at] = dParameters[at] * Float(softplusSlope(Double(source[0])))
      dRaw[at + 1] = dParameters[at + 1]
      dRaw[at + 2] = dParameters[at + 2] * Float(softplusSlope(Double(source[2])))
    }
  }
}
