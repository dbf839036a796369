import Glibc
import NeuralNetwork
import Numerics

/// The layers of a forecast network and where their parameters lie.
struct ForecastNetworkParts: Sendable {
  let recurrent: RecurrentStack
  let attention: AttentionPoolingLayer?
  let layerNorm: LayerNormLayer?
  let batchNorm: BatchNormLayer?
  /// Both nil in a linear head.
  let headInput: LinearLayer?
  let headHidden: LinearLayer?
  /// head.output and head.gate as one product: rows [N·W + K]; output alone in a linear head.
  let headOutput: LinearLayer
  let packing: PackedStorageLayout
  /// What is learnt, but not by gradients: running statistics, and [N] the variance of each step's
  /// errors where the loss is the squared error.
  let statistics: ParameterLayout
  let errorVariance: Int?
  /// [Q] of the normal distribution, and of all Student-t distributions.
  let normalLevels: [Float]
  let studentT: StudentTQuantiles?

  init(shape: ForecastNetworkShape, layout: inout ParameterLayout) {
    var packing = PackedStorageLayout()
    var statistics = ParameterLayout()
    let architecture = shape.architecture
    recurrent = RecurrentStack(
      prefix: architecture.cell.rawValue,
      shape: RecurrentStackShape(
        cell: architecture.cell == .lstm ? .lstm : .gru, inputSize: shape.inputSize,
        hiddenSize: shape.hiddenSize, layerCount: shape.layerCount,
        dropout: Float(architecture.dropout),
        normalizesLayers: architecture.normalization == .layer),
      layout: &layout, packing: &packing)
    attention =
      shape.pooledStates > 1
      ? AttentionPoolingLayer(
        prefix: "attention", inputSize: shape.hiddenSize, hiddenSize: shape.hiddenSize,
        layout: &layout, packing: &packing) : nil
    layerNorm =
      architecture.normalization == .layer
      ? LayerNormLayer(
        prefix: "norm", size: shape.hiddenSize, layout: &layout, packing: &packing) : nil
    batchNorm =
      architecture.normalization == .batch
      ? BatchNormLayer(
        prefix: "norm", size: shape.hiddenSize, layout: &layout, statistics: &statistics,
        packing: &packing) : nil
    let width = shape.headWidth
    if shape.hasResidualHead {
      headInput = LinearLayer(
        prefix: "head.input", inputSize: shape.headInputSize, outputSize: width, layout: &layout,
        packing: &packing)
      headHidden = LinearLayer(
        prefix: "head.hidden", inputSize: width, outputSize: width, layout: &layout,
        packing: &packing)
      // Weights are neighbours, and so are biases: that makes output and gate one product.
      let weight = layout.append("head.output.weight", shape.headOutputSize, width).offset
      layout.append("head.gate.weight", shape.baseCount, width)
      let bias = layout.append("head.output.bias", shape.headOutputSize).offset
      layout.append("head.gate.bias", shape.baseCount)
      headOutput = LinearLayer(
        inputSize: width, outputSize: shape.headColumns, weight: weight, bias: bias,
        packing: &packing)
    } else {
      (headInput, headHidden) = (nil, nil)
      headOutput = LinearLayer(
        prefix: "head.output", inputSize: shape.headInputSize, outputSize: shape.headColumns,
        layout: &layout, packing: &packing)
    }
    errorVariance =
      architecture.loss == .squared
      ? statistics.append("head.error_variance", shape.horizon).offset : nil
    let levels = shape.quantiles.map { Double($0) }
    normalLevels = levels.map { Float(normalQuantile($0)) }
    studentT = architecture.loss == .studentT ? StudentTQuantiles(levels: levels) : nil
    self.packing = packing
    self.statistics = statistics
  }

  func pack(_ parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    recurrent.pack(parameters, into: packed)
    attention?.pack(parameters, into: packed)
    layerNorm?.pack(parameters, into: packed)
    batchNorm?.pack(parameters, into: packed)
    headInput?.pack(parameters, into: packed)
    headHidden?.pack(parameters, into: packed)
    headOutput.pack(parameters, into: packed)
  }

  /// PyTorch's defaults, but a forget bias of one, and an output that starts near its bias: the
  /// quantiles of a normal distribution whose spread grows with the step, in units of the series'
  /// spread, so that an untrained network's intervals are sane.
  func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>,
    statistics: UnsafeMutableBufferPointer<Float>, shape: ForecastNetworkShape, seed: UInt64,
    gateBias: [Float]
  ) {
    var generator = RandomGenerator(seed: seed)
    recurrent.initialize(parameters, using: &generator)
    attention?.initialize(parameters, using: &generator)
    layerNorm?.initialize(parameters)
    batchNorm?.initialize(parameters, statistics: statistics)
    for layer in [headInput, headHidden, headOutput] {
      guard let layer else { continue }
      NeuralNetwork.initialize(layer, parameters, using: &generator)
    }
    for index in 0..<(headOutput.outputSize * headOutput.inputSize) {
      parameters[headOutput.weight + index] *= 0.1
    }
    for step in 0..<shape.horizon {
      setSpread(
        min(1, 0.35 + 0.15 * Double(step).squareRoot()), step: step, parameters, statistics,
        shape: shape, levels: shape.quantiles.map { normalQuantile(Double($0)) })
    }
    for k in 0..<shape.gateSize {
      let bias: Float = gateBias.isEmpty ? 0 : gateBias[k]
      parameters[headOutput.bias + shape.headOutputSize + k] = bias
    }
  }

  /// Sets the distribution that the head gives for a step before it has learnt anything.
  ///
  /// - Parameter levels: quantiles of the distribution with spread one.
  func setSpread(
    _ spread: Double, step: Int, _ parameters: UnsafeMutableBufferPointer<Float>,
    _ statistics: UnsafeMutableBufferPointer<Float>, shape: ForecastNetworkShape, levels: [Double]
  ) {
    let bias = headOutput.bias + step * shape.stepWidth
    switch shape.architecture.loss {
    case .quantile:
      for (q, level) in levels.enumerated() { parameters[bias + q] = Float(level * spread) }
    case .studentT:
      // softplus⁻¹ of ν − 2 = 4 and of the spread.
      parameters[bias] = Float(log(expm1(4.0)))
      parameters[bias + 1] = 0
      parameters[bias + 2] = Float(log(expm1(spread)))
    case .squared:
      parameters[bias] = 0
      if let errorVariance { statistics[errorVariance + step] = Float(spread * spread) }
    }
  }
}

/// Φ⁻¹ by bisection on erfc: exact to double's resolution, slow, used at initialisation only.
func normalQuantile(_ probability: Double) -> Double {
  var low = -40.0
  var high = 40.0
  for _ in 0..<100 {
    let middle = (low + high) / 2
    if 0.5 * erfc(-middle / 2.0.squareRoot()) < probability { low = middle } else { high = middle }
  }
  return (low + high) / 2
}
