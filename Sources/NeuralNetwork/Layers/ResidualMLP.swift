package import Numerics

/// A head of two layers with SiLU, the second one residual, and a linear output.
///
///     u = silu(W₁ x + b₁)     v = u + silu(W₂ u + b₂)     y = W₃ v + b₃
///
/// - Source: He et al. (2016), "Deep residual learning"; Elfwing et al. (2018) for SiLU.
package struct ResidualMLP: Sendable {
  package let inputSize: Int
  package let width: Int
  package let outputSize: Int
  let input: LinearLayer
  let hidden: LinearLayer
  let output: LinearLayer

  /// Appends weights and biases of `<prefix>.input`, `<prefix>.hidden` and `<prefix>.output`.
  package init(
    prefix: String, inputSize: Int, width: Int, outputSize: Int, layout: inout ParameterLayout,
    packing: inout PackedStorageLayout
  ) {
    self.inputSize = inputSize
    self.width = width
    self.outputSize = outputSize
    input = LinearLayer(
      prefix: "\(prefix).input", inputSize: inputSize, outputSize: width, layout: &layout,
      packing: &packing)
    hidden = LinearLayer(
      prefix: "\(prefix).hidden", inputSize: width, outputSize: width, layout: &layout,
      packing: &packing)
    output = LinearLayer(
      prefix: "\(prefix).output", inputSize: width, outputSize: outputSize, layout: &layout,
      packing: &packing)
  }

  package func pack(
    _ parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>
  ) {
    for layer in [input, hidden, output] { layer.pack(parameters, into: packed) }
  }

  package func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>, using generator: inout RandomGenerator
  ) {
    for layer in [input, hidden, output] {
      NeuralNetwork.initialize(layer, parameters, using: &generator)
    }
  }

  /// Floats that the forward pass keeps, four times [rows, width]: both layers before and after.
  package func activationCount(rows: Int) -> Int { 4 * rows * width }

  /// Floats of the backward pass's scratch, twice [rows, width].
  package func scratchCount(rows: Int) -> Int { 2 * rows * width }
}

/// - Shape: x [rows, in], y [rows, out]; activations [activationCount], kept for the backward pass
package func residualMLPForward(
  _ layer: ResidualMLP, packed: UnsafePointer<Float>, rows: Int,
  x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>,
  activations: UnsafeMutablePointer<Float>
) {
  let (width, plane) = (layer.width, rows * layer.width)
  let (inputPre, u) = (activations, activations + plane)
  let (hiddenPre, v) = (u + plane, u + 2 * plane)
  linearForward(
    layer.input, packed: packed, rows: rows, x: x, xStride: layer.inputSize, y: inputPre,
    yStride: width)
  siluForward(inputPre, y: u, count: plane)
  linearForward(
    layer.hidden, packed: packed, rows: rows, x: u, xStride: width, y: hiddenPre, yStride: width)
  siluForward(hiddenPre, y: v, count: plane)
  residualAdd(u, y: v, count: plane)
  linearForward(
    layer.output, packed: packed, rows: rows, x: v, xStride: width, y: y,
    yStride: layer.outputSize)
}

/// - Shape: x, activations as in the forward pass; dy [rows, out]; dx [rows, in]; scratch
///   [scratchCount]; dParameters: the flat buffer of all gradients, added to
package func residualMLPBackward(
  _ layer: ResidualMLP, packed: UnsafePointer<Float>, rows: Int,
  x: UnsafePointer<Float>, activations: UnsafePointer<Float>,
  dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>,
  scratch: UnsafeMutablePointer<Float>, dParameters: UnsafeMutablePointer<Float>
) {
  let (width, plane) = (layer.width, rows * layer.width)
  let (inputPre, u) = (activations, activations + plane)
  let (hiddenPre, v) = (u + plane, u + 2 * plane)
  let (dv, dPre) = (scratch, scratch + plane)
  linearBackwardParameters(
    layer.output, rows: rows, x: v, xStride: width, dy: dy, dyStride: layer.outputSize,
    dParameters: dParameters)
  linearBackwardInput(
    layer.output, packed: packed, rows: rows, dy: dy, dyStride: layer.outputSize, dx: dv,
    dxStride: width)
  // v = u + silu(hiddenPre): dv is also the residual's part of du.
  siluBackward(hiddenPre, dy: dv, dx: dPre, count: plane)
  linearBackwardParameters(
    layer.hidden, rows: rows, x: u, xStride: width, dy: dPre, dyStride: width,
    dParameters: dParameters)
  linearBackwardInputAdding(
    layer.hidden, packed: packed, rows: rows, dy: dPre, dyStride: width, dx: dv, dxStride: width)
  siluBackward(inputPre, dy: dv, dx: dPre, count: plane)
  linearBackwardParameters(
    layer.input, rows: rows, x: x, xStride: layer.inputSize, dy: dPre, dyStride: width,
    dParameters: dParameters)
  linearBackwardInput(
    layer.input, packed: packed, rows: rows, dy: dPre, dyStride: width, dx: dx,
    dxStride: layer.inputSize)
}
