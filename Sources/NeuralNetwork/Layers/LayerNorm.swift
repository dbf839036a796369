/// PyTorch's `nn.LayerNorm` over the last dimension.
///
///     x̂ = (x − mean x) · s     s = 1/√(var x + ε)     y = w ⊙ x̂ + b
///
/// with the biased variance. Backward, with g = w ⊙ dy and means over the row:
///
///     dx = s · (g − mean g − x̂ · mean(g ⊙ x̂))     dw += Σ dy ⊙ x̂     db += Σ dy
///
/// - Source: Ba, Kiros, Hinton (2016), "Layer normalization".
package struct LayerNormLayer: Sendable {
  package let size: Int
  package let epsilon: Float
  /// Offsets in the flat buffer of parameters: [size] each.
  package let weight: Int
  package let bias: Int
  /// In the packed storage.
  let packedWeight: Int
  let packedBias: Int

  /// Appends `<prefix>.weight` and `<prefix>.bias` to the layout.
  package init(
    prefix: String, size: Int, epsilon: Float = 1e-5, layout: inout ParameterLayout,
    packing: inout PackedStorageLayout
  ) {
    precondition(size >= 1 && epsilon > 0)
    self.size = size
    self.epsilon = epsilon
    weight = layout.append("\(prefix).weight", size).offset
    bias = layout.append("\(prefix).bias", size).offset
    packedWeight = packing.vector(size)
    packedBias = packing.vector(size)
  }

  /// Copies the parameters to the packed storage; due after every change of the parameters.
  package func pack(
    _ parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>
  ) {
    (packed + packedWeight).update(from: parameters + weight, count: size)
    (packed + packedBias).update(from: parameters + bias, count: size)
  }

  /// The identity but for the normalisation, as PyTorch's.
  package func initialize(_ parameters: UnsafeMutableBufferPointer<Float>) {
    for index in 0..<size {
      parameters[weight + index] = 1
      parameters[bias + index] = 0
    }
  }
}

/// - Shape: x, y [rows, size] with strides; mean, scale (s above) [rows], for the backward pass;
///   y may be x where no backward pass follows
package func layerNormForward(
  _ layer: LayerNormLayer, packed: UnsafePointer<Float>, rows: Int,
  x: UnsafePointer<Float>, xStride: Int, y: UnsafeMutablePointer<Float>, yStride: Int,
  mean: UnsafeMutablePointer<Float>, scale: UnsafeMutablePointer<Float>
) {
  let size = layer.size
  let (w, b) = (packed + layer.packedWeight, packed + layer.packedBias)
  for row in 0..<rows {
    let (source, target) = (x + row * xStride, y + row * yStride)
    let m = rowSum(size) { source[$0] } / Float(size)
    let variance =
      rowSum(size) {
        let d = source[$0] - m
        return d * d
      } / Float(size)
    let s = 1 / (variance + layer.epsilon).squareRoot()
    mean[row] = m
    scale[row] = s
    for k in 0..<size { target[k] = w[k] * ((source[k] - m) * s) + b[k] }
  }
}

/// - Shape: x [rows, size] with stride, mean, scale [rows] as the forward pass left them; dy, dx
///   [rows, size] dense, dx may be dy; dParameters: the flat buffer of all gradients, added to
package func layerNormBackward(
  _ layer: LayerNormLayer, packed: UnsafePointer<Float>, rows: Int,
  x: UnsafePointer<Float>, xStride: Int,
  mean: UnsafePointer<Float>, scale: UnsafePointer<Float>,
  dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>,
  dParameters: UnsafeMutablePointer<Float>
) {
  let size = layer.size
  let w = packed + layer.packedWeight
  let (dw, db) = (dParameters + layer.weight, dParameters + layer.bias)
  for row in 0..<rows {
    let (source, gradient, target) = (x + row * xStride, dy + row * size, dx + row * size)
    let (m, s) = (mean[row], scale[row])
    let meanG = rowSum(size) { w[$0] * gradient[$0] } / Float(size)
    let meanGX = rowSum(size) { w[$0] * gradient[$0] * ((source[$0] - m) * s) } / Float(size)
    for k in 0..<size {
      let normal = (source[k] - m) * s
      let g = gradient[k]
      dw[k] += g * normal
      db[k] += g
      target[k] = s * (w[k] * g - meanG - normal * meanGX)
    }
  }
}

/// Σ term(k) in eight interleaved partial sums: quicker and more exact than one after the other, in
/// an order that depends on the count alone.
@inline(__always)
private func rowSum(_ count: Int, _ term: (Int) -> Float) -> Float {
  var sums = SIMD8<Float>.zero
  var k = 0
  while k + 8 <= count {
    sums += SIMD8(
      term(k), term(k + 1), term(k + 2), term(k + 3), term(k + 4), term(k + 5), term(k + 6),
      term(k + 7))
    k += 8
  }
  while k < count {
    sums[k % 8] += term(k)
    k += 1
  }
  let four = sums.lowHalf + sums.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}
