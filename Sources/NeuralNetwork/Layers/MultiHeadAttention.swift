package import Numerics

/// PyTorch's `nn.MultiheadAttention` of a sequence with itself, without dropout.
///
///     [q, k, v] = W_in x + b_in     P = softmax(q kᵀ / √d)
///     y = W_out [P v of all heads] + b_out
///
/// for each sequence and head, d = E / heads. Backward, with dO the gradient of a head's P v:
///
///     dv = Pᵀ dO    dP = dO vᵀ    dS = P ⊙ (dP − Σ P·dP)    dq = dS k / √d    dk = dSᵀ q / √d
///
/// A step attends to no step whose mask is zero, and with `isCausal` to none after itself. A step
/// that may attend to nothing gets y = b_out (PyTorch: NaN).
///
/// - Source: Vaswani et al. (2017), "Attention is all you need", section 3.2.
package struct MultiHeadAttentionLayer: Sendable {
  package let size: Int
  package let heads: Int
  package let isCausal: Bool
  let projection: LinearLayer
  let output: LinearLayer

  /// Appends `<prefix>.in_proj_weight`, `<prefix>.in_proj_bias`, `<prefix>.out_proj.weight` and
  /// `<prefix>.out_proj.bias` to the layout.
  package init(
    prefix: String, size: Int, heads: Int, isCausal: Bool = false, layout: inout ParameterLayout,
    packing: inout PackedStorageLayout
  ) {
    precondition(heads >= 1 && size >= heads && size % heads == 0)
    self.size = size
    self.heads = heads
    self.isCausal = isCausal
    projection = LinearLayer(
      inputSize: size, outputSize: 3 * size,
      weight: layout.append("\(prefix).in_proj_weight", 3 * size, size).offset,
      bias: layout.append("\(prefix).in_proj_bias", 3 * size).offset, packing: &packing)
    output = LinearLayer(
      prefix: "\(prefix).out_proj", inputSize: size, outputSize: size, layout: &layout,
      packing: &packing)
  }

  package func pack(
    _ parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>
  ) {
    projection.pack(parameters, into: packed)
    output.pack(parameters, into: packed)
  }

  /// PyTorch's: Xavier's uniform for the three projections, zero biases, the output's weights as a
  /// linear layer's.
  ///
  /// - Source: Glorot and Bengio (2010), equation 16.
  package func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>, using generator: inout RandomGenerator
  ) {
    let bound = (6 / Double(4 * size)).squareRoot()
    for index in 0..<(3 * size * size) {
      parameters[projection.weight + index] = Float(generator.uniform(-bound, bound))
    }
    NeuralNetwork.initialize(output, parameters, using: &generator)
    for index in 0..<(3 * size) { parameters[projection.bias + index] = 0 }
    for index in 0..<size { parameters[output.bias + index] = 0 }
  }

  /// Floats that the forward pass keeps: q, k, v [T·B, 3E], heads' results [T·B, E] and
  /// P [B, heads, T, T].
  package func activationCount(steps: Int, batch: Int) -> Int {
    steps * batch * 4 * size + batch * heads * steps * steps
  }

  /// Floats of the backward pass's scratch: the gradients of q, k, v, of the heads' results, and of
  /// one P.
  package func scratchCount(steps: Int, batch: Int) -> Int {
    steps * batch * 4 * size + steps * steps
  }

  fileprivate var headSize: Int { size / heads }
  fileprivate var scale: Float { 1 / Float(headSize).squareRoot() }
}

/// - Shape: x, y [T, B, E]; mask [T, B] or nil: steps that may be attended to; activations
///   [activationCount], kept for the backward pass
package func multiHeadAttentionForward(
  _ layer: MultiHeadAttentionLayer, packed: UnsafePointer<Float>, steps: Int, batch: Int,
  mask: UnsafePointer<Float>?, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>,
  activations: UnsafeMutablePointer<Float>
) {
  let (rows, size, width) = (steps * batch, layer.size, layer.headSize)
  let qkv = activations
  let result = qkv + rows * 3 * size
  let probabilities = result + rows * size
  linearForward(
    layer.projection, packed: packed, rows: rows, x: x, xStride: size, y: qkv, yStride: 3 * size)
  for row in 0..<batch {
    for head in 0..<layer.heads {
      let q = qkv + row * 3 * size + head * width
      let p = probabilities + (row * layer.heads + head) * steps * steps
      BLAS.multiply(
        rows: steps, columns: steps, depth: width, alpha: layer.scale,
        q, stride: batch * 3 * size, transposed: false,
        q + size, stride: batch * 3 * size, transposed: true,
        beta: 0, into: p, stride: steps)
      for t in 0..<steps {
        maskedSoftmax(p + t * steps, count: steps) { s in
          !(layer.isCausal && s > t) && (mask.map { $0[s * batch + row] != 0 } ?? true)
        }
      }
      BLAS.multiply(
        rows: steps, columns: width, depth: steps, p, stride: steps,
        q + 2 * size, stride: batch * 3 * size,
        beta: 0, into: result + row * size + head * width, stride: batch * size)
    }
  }
  linearForward(
    layer.output, packed: packed, rows: rows, x: result, xStride: size, y: y, yStride: size)
}

/// - Shape: x, activations as in the forward pass; dy, dx [T, B, E]; scratch [scratchCount];
///   dParameters: the flat buffer of all gradients, added to
package func multiHeadAttentionBackward(
  _ layer: MultiHeadAttentionLayer, packed: UnsafePointer<Float>, steps: Int, batch: Int,
  x: UnsafePointer<Float>, activations: UnsafePointer<Float>,
  dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>,
  scratch: UnsafeMutablePointer<Float>, dParameters: UnsafeMutablePointer<Float>
) {
  let (rows, size) = (steps * batch, layer.size)
  let result = activations + rows * 3 * size
  let dqkv = scratch
  let dResult = dqkv + rows * 3 * size
  linearBackwardParameters(
    layer.output, rows: rows, x: result, xStride: size, dy: dy, dyStride: size,
    dParameters: dParameters)
  linearBackwardInput(
    layer.output, packed: packed, rows: rows, dy: dy, dyStride: size, dx: dResult, dxStride: size)
  for row in 0..<batch {
    for head in 0..<layer.heads {
      headBackward(
        layer, steps: steps, batch: batch, qkv: activations,
        at: row * 3 * size + head * layer.headSize,
        p: result + rows * size + (row * layer.heads + head) * steps * steps,
        dResult: dResult + row * size + head * layer.headSize, dqkv: dqkv,
        dp: dResult + rows * size)
    }
  }
  linearBackwardParameters(
    layer.projection, rows: rows, x: x, xStride: size, dy: dqkv, dyStride: 3 * size,
    dParameters: dParameters)
  linearBackwardInput(
    layer.projection, packed: packed, rows: rows, dy: dqkv, dyStride: 3 * size, dx: dx,
    dxStride: size)
}

/// One sequence's one head, whose q starts at `place` of the rows [T·B, 3E].
private func headBackward(
  _ layer: MultiHeadAttentionLayer, steps: Int, batch: Int,
  qkv: UnsafePointer<Float>, at place: Int, p: UnsafePointer<Float>,
  dResult: UnsafePointer<Float>, dqkv: UnsafeMutablePointer<Float>,
  dp: UnsafeMutablePointer<Float>
) {
  let (size, width) = (layer.size, layer.headSize)
  let (stride, resultStride) = (batch * 3 * size, batch * size)
  let (q, dq) = (qkv + place, dqkv + place)
  BLAS.multiply(
    rows: steps, columns: width, depth: steps, p, stride: steps, transposed: true,
    dResult, stride: resultStride, beta: 0, into: dq + 2 * size, stride: stride)
  BLAS.multiply(
    rows: steps, columns: steps, depth: width, dResult, stride: resultStride, transposed: false,
    q + 2 * size, stride: stride, transposed: true, beta: 0, into: dp, stride: steps)
  for t in 0..<steps {
    softmaxBackwardRow(
      columns: steps, y: p + t * steps, dy: dp + t * steps, dx: dp + t * steps)
  }
  BLAS.multiply(
    rows: steps, columns: width, depth: steps, alpha: layer.scale, dp, stride: steps,
    q + size, stride: stride, beta: 0, into: dq, stride: stride)
  BLAS.multiply(
    rows: steps, columns: width, depth: steps, alpha: layer.scale,
    dp, stride: steps, transposed: true, q, stride: stride,
    beta: 0, into: dq + size, stride: stride)
}
