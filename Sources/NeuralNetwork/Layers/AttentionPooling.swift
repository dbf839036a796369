package import Numerics

/// A weighted mean over time whose weights are learnt, from an LSTM's outputs to one row a
/// sequence.
///
///     u_t = tanh(W₀ x_t + b₀)     e_t = w₂ · u_t + b₂
///     a = softmax over time of e     y = Σ a_t x_t
///
/// Backward, with da_t = dy · x_t and de = a ⊙ (da − Σ a·da):
///
///     dx_t = a_t·dy + W₀ᵀ (de_t·w₂ ⊙ (1 − u_t²))
///
/// Steps whose mask is zero get weight zero; a sequence without any gives zeros.
///
/// - Source: Bahdanau et al. (2015) in the form of Lin et al. (2017), "A structured self-attentive
///   sentence embedding"; parameters as `nn.Sequential(nn.Linear, nn.Tanh, nn.Linear(…, 1))`.
package struct AttentionPoolingLayer: Sendable {
  package let inputSize: Int
  package let hiddenSize: Int
  let hidden: LinearLayer
  let score: LinearLayer

  /// Appends `<prefix>.0.weight`, `<prefix>.0.bias`, `<prefix>.2.weight` and `<prefix>.2.bias`.
  package init(
    prefix: String, inputSize: Int, hiddenSize: Int, layout: inout ParameterLayout,
    packing: inout PackedStorageLayout
  ) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    hidden = LinearLayer(
      prefix: "\(prefix).0", inputSize: inputSize, outputSize: hiddenSize, layout: &layout,
      packing: &packing)
    score = LinearLayer(
      prefix: "\(prefix).2", inputSize: hiddenSize, outputSize: 1, layout: &layout,
      packing: &packing)
  }

  package func pack(
    _ parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>
  ) {
    hidden.pack(parameters, into: packed)
    score.pack(parameters, into: packed)
  }

  package func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>, using generator: inout RandomGenerator
  ) {
    NeuralNetwork.initialize(hidden, parameters, using: &generator)
    NeuralNetwork.initialize(score, parameters, using: &generator)
  }

  /// Floats that the forward pass keeps: u [T·B, A], weights [B, T], and scores [T·B] in between.
  package func activationCount(steps: Int, batch: Int) -> Int {
    steps * batch * (hiddenSize + 2)
  }

  /// Floats of the backward pass's scratch: du [T·B, A], de [T·B] and one row of da [T].
  package func scratchCount(steps: Int, batch: Int) -> Int {
    steps * batch * (hiddenSize + 1) + steps
  }
}

/// - Shape: x [T, B, I]; mask [T, B] or nil; y [B, I]; activations [activationCount], kept for the
///   backward pass
package func attentionPoolingForward(
  _ layer: AttentionPoolingLayer, packed: UnsafePointer<Float>, steps: Int, batch: Int,
  mask: UnsafePointer<Float>?, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>,
  activations: UnsafeMutablePointer<Float>
) {
  let rows = steps * batch
  let (u, width) = (activations, layer.hiddenSize)
  let weights = u + rows * width
  let scores = weights + rows
  linearForward(
    layer.hidden, packed: packed, rows: rows, x: x, xStride: layer.inputSize, y: u, yStride: width)
  VectorKernels.current.tanh(u, into: u, count: rows * width)
  linearForward(
    layer.score, packed: packed, rows: rows, x: u, xStride: width, y: scores, yStride: 1)
  for row in 0..<batch {
    let a = weights + row * steps
    for t in 0..<steps { a[t] = scores[t * batch + row] }
    maskedSoftmax(a, count: steps) { t in mask.map { $0[t * batch + row] != 0 } ?? true }
    let target = y + row * layer.inputSize
    target.update(repeating: 0, count: layer.inputSize)
    for t in 0..<steps where a[t] != 0 {
      VectorKernels.current.accumulate(
        x + (t * batch + row) * layer.inputSize, scale: a[t], into: target, count: layer.inputSize)
    }
  }
}

/// - Shape: x, activations as in the forward pass; dy [B, I]; dx [T, B, I]; scratch [scratchCount];
///   dParameters: the flat buffer of all gradients, added to
package func attentionPoolingBackward(
  _ layer: AttentionPoolingLayer, packed: UnsafePointer<Float>, steps: Int, batch: Int,
  x: UnsafePointer<Float>, activations: UnsafePointer<Float>,
  dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>,
  scratch: UnsafeMutablePointer<Float>, dParameters: UnsafeMutablePointer<Float>
) {
  let (rows, width, size) = (steps * batch, layer.hiddenSize, layer.inputSize)
  let (u, weights) = (activations, activations + rows * width)
  let du = scratch
  let de = du + rows * width
  let da = de + rows
  for row in 0..<batch {
    let (a, gradient) = (weights + row * steps, dy + row * size)
    for t in 0..<steps {
      let source = x + (t * batch + row) * size
      var dot: Float = 0
      for k in 0..<size { dot += gradient[k] * source[k] }
      da[t] = dot
    }
    softmaxBackwardRow(columns: steps, y: a, dy: da, dx: da)
    for t in 0..<steps {
      de[t * batch + row] = da[t]
      let target = dx + (t * batch + row) * size
      for k in 0..<size { target[k] = a[t] * gradient[k] }
    }
  }
  linearBackwardParameters(
    layer.score, rows: rows, x: u, xStride: width, dy: de, dyStride: 1, dParameters: dParameters)
  linearBackwardInput(
    layer.score, packed: packed, rows: rows, dy: de, dyStride: 1, dx: du, dxStride: width)
  for index in 0..<(rows * width) { du[index] *= 1 - u[index] * u[index] }
  linearBackwardParameters(
    layer.hidden, rows: rows, x: x, xStride: size, dy: du, dyStride: width,
    dParameters: dParameters)
  linearBackwardInputAdding(
    layer.hidden, packed: packed, rows: rows, dy: du, dyStride: width, dx: dx, dxStride: size)
}

/// Softmax in place over the places that count; the others become zero, and all where none does.
func maskedSoftmax(
  _ row: UnsafeMutablePointer<Float>, count: Int, isCounted: (Int) -> Bool
) {
  for k in 0..<count where !isCounted(k) { row[k] = -1e30 }
  // Its exponential of a masked place is 1e-38 of the largest one, which no sum can see.
  softmaxForward(rows: 1, columns: count, x: row, xStride: count, y: row, yStride: count)
  for k in 0..<count where !isCounted(k) { row[k] = 0 }
}
