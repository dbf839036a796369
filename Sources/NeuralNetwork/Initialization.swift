package import Numerics

extension UnsafeMutableBufferPointer where Element == Float {
  /// U(−bound, bound) with bound = 1/√fanIn: PyTorch's default for linear and recurrent layers.
  package func fillUniform(fanIn: Int, using generator: inout RandomGenerator) {
    let bound = 1 / Double(fanIn).squareRoot()
    for index in indices { self[index] = Float(generator.uniform(-bound, bound)) }
  }
}

/// PyTorch's initialisation of a recurrent layer: everything U(−1/√H, 1/√H).
///
/// A forget bias, where given, replaces the forget gate's sum of biases, so that the cell remembers
/// at the start.
///
/// - Source: Jozefowicz et al. (2015), "An empirical exploration of recurrent network
///   architectures", for a forget bias of 1.
package func initialize(
  _ layer: LSTMLayer, _ parameters: UnsafeMutableBufferPointer<Float>, forgetBias: Float?,
  using generator: inout RandomGenerator
) {
  let end = layer.biasHH + 4 * layer.hiddenSize
  // The layer's four parameters are neighbours: its initialiser appends them one after the other.
  UnsafeMutableBufferPointer(rebasing: parameters[layer.weightIH..<end])
    .fillUniform(fanIn: layer.hiddenSize, using: &generator)
  guard let forgetBias else { return }
  for index in layer.hiddenSize..<(2 * layer.hiddenSize) {
    parameters[layer.biasIH + index] = forgetBias
    parameters[layer.biasHH + index] = 0
  }
}

/// PyTorch's initialisation of a linear layer: weight and bias U(−1/√in, 1/√in).
package func initialize(
  _ layer: LinearLayer, _ parameters: UnsafeMutableBufferPointer<Float>,
  using generator: inout RandomGenerator
) {
  let weights = layer.weight..<(layer.weight + layer.inputSize * layer.outputSize)
  UnsafeMutableBufferPointer(rebasing: parameters[weights])
    .fillUniform(fanIn: layer.inputSize, using: &generator)
  UnsafeMutableBufferPointer(rebasing: parameters[layer.bias..<(layer.bias + layer.outputSize)])
    .fillUniform(fanIn: layer.inputSize, using: &generator)
}
