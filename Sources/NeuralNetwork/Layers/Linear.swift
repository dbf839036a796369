import Numerics

/// y = x · Wᵀ + b, PyTorch's `nn.Linear`.
///
/// Several linear layers over the same input can be one `LinearLayer`, and so one product, where
/// their weights are neighbours in the flat buffer, and their biases too.
///
/// - Source: Rumelhart, Hinton, Williams (1986), "Learning representations by back-propagating
///   errors", for the gradients dW = dyᵀ · x, db = Σ dy, dx = dy · W.
package struct LinearLayer: Sendable {
  package let inputSize: Int
  package let outputSize: Int
  /// Offsets in the flat buffer of parameters: weight [out, in], bias [out].
  package let weight: Int
  package let bias: Int
  /// In the packed storage.
  let forward: PackedMatrix
  let backward: PackedMatrix
  let packedBias: Int

  package init(
    inputSize: Int, outputSize: Int, weight: Int, bias: Int, packing: inout PackedStorageLayout
  ) {
    self.inputSize = inputSize
    self.outputSize = outputSize
    self.weight = weight
    self.bias = bias
    forward = packing.matrix(depth: inputSize, columns: outputSize)
    backward = packing.matrix(depth: outputSize, columns: inputSize)
    packedBias = packing.vector(outputSize)
  }

  /// Appends `<prefix>.weight` and `<prefix>.bias` to the layout.
  package init(
    prefix: String, inputSize: Int, outputSize: Int, layout: inout ParameterLayout,
    packing: inout PackedStorageLayout
  ) {
    self.init(
      inputSize: inputSize, outputSize: outputSize,
      weight: layout.append("\(prefix).weight", outputSize, inputSize).offset,
      bias: layout.append("\(prefix).bias", outputSize).offset, packing: &packing)
  }

  /// Copies the parameters to the packed storage; due after every change of the parameters.
  package func pack(
    _ parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>
  ) {
    forward.packTransposed(parameters + weight, into: packed)
    backward.pack(parameters + weight, into: packed)
    (packed + packedBias).update(from: parameters + bias, count: outputSize)
  }
}

/// - Shape: x [rows, in], y [rows, out]
package func linearForward(
  _ layer: LinearLayer, packed: UnsafePointer<Float>, rows: Int,
  x: UnsafePointer<Float>, xStride: Int,
  y: UnsafeMutablePointer<Float>, yStride: Int
) {
  layer.forward.multiply(
    rows: rows, x, stride: xStride, storage: packed, bias: packed + layer.packedBias,
    into: y, stride: yStride)
}

/// dW += dyᵀ · x, db += Σ dy.
///
/// - Shape: x [rows, in], dy [rows, out], dParameters: the flat buffer of all gradients
package func linearBackwardParameters(
  _ layer: LinearLayer, rows: Int,
  x: UnsafePointer<Float>, xStride: Int,
  dy: UnsafePointer<Float>, dyStride: Int,
  dParameters: UnsafeMutablePointer<Float>
) {
  VectorKernels.current.multiplyTransposed(
    rows: rows, m: layer.outputSize, n: layer.inputSize, dy, stride: dyStride,
    x, stride: xStride, addingTo: dParameters + layer.weight, stride: layer.inputSize)
  VectorKernels.current.accumulateColumns(
    dy, rows: rows, columns: layer.outputSize, stride: dyStride, into: dParameters + layer.bias)
}

/// dx = dy · W
///
/// - Shape: dy [rows, out], dx [rows, in]
package func linearBackwardInput(
  _ layer: LinearLayer, packed: UnsafePointer<Float>, rows: Int,
  dy: UnsafePointer<Float>, dyStride: Int,
  dx: UnsafeMutablePointer<Float>, dxStride: Int
) {
  layer.backward.multiply(
    rows: rows, dy, stride: dyStride, storage: packed, bias: nil, into: dx, stride: dxStride)
}

/// dx += dy · W, as a residual connection needs.
package func linearBackwardInputAdding(
  _ layer: LinearLayer, packed: UnsafePointer<Float>, rows: Int,
  dy: UnsafePointer<Float>, dyStride: Int,
  dx: UnsafeMutablePointer<Float>, dxStride: Int
) {
  layer.backward.multiplyAdding(
    rows: rows, dy, stride: dyStride, storage: packed, into: dx, stride: dxStride)
}
