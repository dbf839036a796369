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

/// The initialisations of `torch.nn.init` that recurrent networks are often given instead of the
/// layers' defaults: Xavier for input weights, orthogonal for recurrent ones, Kaiming before ReLU.
extension UnsafeMutableBufferPointer where Element == Float {
  /// U(−a, a) with a = gain·√(6 / (fanIn + fanOut)): `xavier_uniform_`.
  ///
  /// - Source: Glorot and Bengio (2010), equation 16.
  package func fillXavierUniform(
    fanIn: Int, fanOut: Int, gain: Double = 1, using generator: inout RandomGenerator
  ) {
    precondition(fanIn >= 1 && fanOut >= 1)
    let bound = gain * (6 / Double(fanIn + fanOut)).squareRoot()
    for index in indices { self[index] = Float(generator.uniform(-bound, bound)) }
  }

  /// N(0, 2 / fanIn): `kaiming_normal_` for ReLU and its like.
  ///
  /// - Source: He et al. (2015), "Delving deep into rectifiers", equation 10.
  package func fillKaimingNormal(fanIn: Int, using generator: inout RandomGenerator) {
    precondition(fanIn >= 1)
    let deviation = (2 / Double(fanIn)).squareRoot()
    for index in indices { self[index] = Float(deviation * generator.normal()) }
  }

  /// A matrix whose rows (or columns, where there are fewer of them) are orthonormal, times gain:
  /// `orthogonal_`. For the four gates of an LSTM's W_hh, fill four [H, H] parts one by one.
  ///
  /// - Shape: self [rows, columns]
  /// - Source: Saxe, McClelland, Ganguli (2014), "Exact solutions to the nonlinear dynamics of
  ///   learning in deep linear neural networks"; by Gram and Schmidt's method, twice.
  package func fillOrthogonal(
    rows: Int, columns: Int, gain: Double = 1, using generator: inout RandomGenerator
  ) {
    precondition(rows >= 1 && columns >= 1 && count == rows * columns)
    let (vectors, length) = (Swift.min(rows, columns), Swift.max(rows, columns))
    var basis = [[Double]]()
    while basis.count < vectors {
      var vector = (0..<length).map { _ in generator.normal() }
      // One round leaves what rounding lost; the second takes it away.
      for _ in 0..<2 {
        for other in basis {
          let share = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
          for index in vector.indices { vector[index] -= share * other[index] }
        }
      }
      let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // Never with continuous numbers, but a division by nearly zero would not be noticed.
      if norm < 1e-6 { continue }
      basis.append(vector.map { $0 / norm })
    }
    for row in 0..<rows {
      for column in 0..<columns {
        let value = rows <= columns ? basis[row][column] : basis[column][row]
        self[row * columns + column] = Float(gain * value)
      }
    }
  }
}
