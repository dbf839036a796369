package import Numerics

/// Self-attention that can follow an LSTM: residual, then normalised.
///
///     y = LayerNorm(x + MultiHeadAttention(x))
///
/// - Source: Vaswani et al. (2017), section 3.1.
package struct SelfAttentionBlock: Sendable {
  package let attention: MultiHeadAttentionLayer
  package let norm: LayerNormLayer

  /// Appends the parameters of `<prefix>attention` and `<prefix>norm` to the layout; a prefix ends
  /// with a dot where there is one.
  package init(
    prefix: String, size: Int, heads: Int, isCausal: Bool = false, layout: inout ParameterLayout,
    packing: inout PackedStorageLayout
  ) {
    attention = MultiHeadAttentionLayer(
      prefix: "\(prefix)attention", size: size, heads: heads, isCausal: isCausal, layout: &layout,
      packing: &packing)
    norm = LayerNormLayer(prefix: "\(prefix)norm", size: size, layout: &layout, packing: &packing)
  }

  package func pack(
    _ parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>
  ) {
    attention.pack(parameters, into: packed)
    norm.pack(parameters, into: packed)
  }

  package func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>, using generator: inout RandomGenerator
  ) {
    attention.initialize(parameters, using: &generator)
    norm.initialize(parameters)
  }

  /// Floats that the forward pass keeps: the attention's, the sum [T·B, E], mean and scale [T·B].
  package func activationCount(steps: Int, batch: Int) -> Int {
    attention.activationCount(steps: steps, batch: batch) + steps * batch * (norm.size + 2)
  }

  /// Floats of the backward pass's scratch: the attention's, and the sum's gradient.
  package func scratchCount(steps: Int, batch: Int) -> Int {
    attention.scratchCount(steps: steps, batch: batch) + steps * batch * norm.size
  }
}

/// - Shape: x, y [T, B, E]; mask [T, B] or nil: steps that may be attended to; activations
///   [activationCount], kept for the backward pass
package func selfAttentionForward(
  _ block: SelfAttentionBlock, packed: UnsafePointer<Float>, steps: Int, batch: Int,
  mask: UnsafePointer<Float>?, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>,
  activations: UnsafeMutablePointer<Float>
) {
  let (rows, size) = (steps * batch, block.norm.size)
  let sum = activations + block.attention.activationCount(steps: steps, batch: batch)
  let mean = sum + rows * size
  multiHeadAttentionForward(
    block.attention, packed: packed, steps: steps, batch: batch, mask: mask, x: x, y: sum,
    activations: activations)
  residualAdd(x, y: sum, count: rows * size)
  layerNormForward(
    block.norm, packed: packed, rows: rows, x: sum, xStride: size, y: y, yStride: size, mean: mean,
    scale: mean + rows)
}

/// - Shape: x, activations as in the forward pass; dy, dx [T, B, E]; scratch [scratchCount];
///   dParameters: the flat buffer of all gradients, added to
package func selfAttentionBackward(
  _ block: SelfAttentionBlock, packed: UnsafePointer<Float>, steps: Int, batch: Int,
  x: UnsafePointer<Float>, activations: UnsafePointer<Float>,
  dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>,
  scratch: UnsafeMutablePointer<Float>, dParameters: UnsafeMutablePointer<Float>
) {
  let (rows, size) = (steps * batch, block.norm.size)
  let sum = activations + block.attention.activationCount(steps: steps, batch: batch)
  let mean = sum + rows * size
  let dSum = scratch + block.attention.scratchCount(steps: steps, batch: batch)
  layerNormBackward(
    block.norm, packed: packed, rows: rows, x: sum, xStride: size, mean: mean, scale: mean + rows,
    dy: dy, dx: dSum, dParameters: dParameters)
  multiHeadAttentionBackward(
    block.attention, packed: packed, steps: steps, batch: batch, x: x, activations: activations,
    dy: dSum, dx: dx, scratch: scratch, dParameters: dParameters)
  residualAdd(dSum, y: dx, count: rows * size)
}
