import Glibc
import NeuralNetwork
import Numerics

/// The layers of a forecast network and where their parameters lie.
struct ForecastNetworkParts: Sendable {
  let lstm: [LSTMLayer]
  let headInput: LinearLayer
  let headHidden: LinearLayer
  /// head.output and head.gate as one product: rows [N·Q + K].
  let headOutput: LinearLayer
  let packing: PackedStorageLayout

  init(shape: ForecastNetworkShape, layout: inout ParameterLayout) {
    var packing = PackedStorageLayout()
    lstm = (0..<shape.layerCount).map { index in
      LSTMLayer(
        prefix: "lstm", index: index,
        inputSize: index == 0 ? shape.inputSize : shape.hiddenSize,
        hiddenSize: shape.hiddenSize, layout: &layout, packing: &packing)
    }
    let width = shape.headWidth
    headInput = LinearLayer(
      inputSize: shape.headInputSize, outputSize: width,
      weight: layout.append("head.input.weight", width, shape.headInputSize).offset,
      bias: layout.append("head.input.bias", width).offset, packing: &packing)
    headHidden = LinearLayer(
      inputSize: width, outputSize: width,
      weight: layout.append("head.hidden.weight", width, width).offset,
      bias: layout.append("head.hidden.bias", width).offset, packing: &packing)
    // Weights are neighbours, and so are biases: that makes output and gate one product.
    let weight = layout.append("head.output.weight", shape.outputSize, width).offset
    layout.append("head.gate.weight", shape.baseCount, width)
    let bias = layout.append("head.output.bias", shape.outputSize).offset
    layout.append("head.gate.bias", shape.baseCount)
    headOutput = LinearLayer(
      inputSize: width, outputSize: shape.outputSize + shape.baseCount,
      weight: weight, bias: bias, packing: &packing)
    self.packing = packing
  }

  /// PyTorch's defaults, but a forget bias of one, and an output that starts near its bias: the
  /// quantiles of a normal distribution whose spread grows with the step, in units of the series'
  /// spread, so that an untrained network's intervals are sane.
  func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>, shape: ForecastNetworkShape, seed: UInt64,
    gateBias: [Float]
  ) {
    var generator = RandomGenerator(seed: seed)
    for layer in lstm {
      NeuralNetwork.initialize(layer, parameters, forgetBias: 1, using: &generator)
    }
    for layer in [headInput, headHidden, headOutput] {
      NeuralNetwork.initialize(layer, parameters, using: &generator)
    }
    for index in 0..<(headOutput.outputSize * headOutput.inputSize) {
      parameters[headOutput.weight + index] *= 0.1
    }
    let levels = shape.quantiles.map { normalQuantile(Double($0)) }
    for step in 0..<shape.horizon {
      let spread = min(1, 0.35 + 0.15 * Double(step).squareRoot())
      for (q, level) in levels.enumerated() {
        parameters[headOutput.bias + step * levels.count + q] = Float(level * spread)
      }
    }
    for k in 0..<shape.baseCount {
      let bias: Float = gateBias.isEmpty ? 0 : gateBias[k]
      parameters[headOutput.bias + shape.outputSize + k] = bias
    }
  }
}

/// Φ⁻¹ by bisection on erfc: exact to double's resolution, slow, used at initialisation only.
private func normalQuantile(_ probability: Double) -> Double {
  var low = -40.0
  var high = 40.0
  for _ in 0..<100 {
    let middle = (low + high) / 2
    if 0.5 * erfc(-middle / 2.0.squareRoot()) < probability { low = middle } else { high = middle }
  }
  return (low + high) / 2
}
