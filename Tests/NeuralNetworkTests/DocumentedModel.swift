import NeuralNetwork
import Numerics

// docs/engine.md shows this model beside PyTorch's; a test compares the texts.

// begin of the documented model
struct Forecaster: ~Copyable {
  let lstm: RecurrentStack
  let head: LinearLayer
  let pass: RecurrentPass
  var parameters, packed, gradients, forecast, dForecast, dOutputs, ones: FloatBuffer
  var workspace: RecurrentWorkspace

  init(inputs: Int, hidden: Int, layers: Int, horizon: Int, steps: Int, batch: Int) {
    var layout = ParameterLayout()
    var packing = PackedStorageLayout()
    lstm = RecurrentStack(
      prefix: "lstm",
      shape: RecurrentStackShape(inputSize: inputs, hiddenSize: hidden, layerCount: layers),
      layout: &layout, packing: &packing)
    head = LinearLayer(
      inputSize: hidden, outputSize: horizon,
      weight: layout.append("head.weight", horizon, hidden).offset,
      bias: layout.append("head.bias", horizon).offset, packing: &packing)
    pass = RecurrentPass(steps: steps, batch: batch)
    parameters = FloatBuffer(count: layout.count)
    packed = FloatBuffer(count: packing.count)
    gradients = FloatBuffer(count: layout.count)
    forecast = FloatBuffer(count: batch * horizon)
    dForecast = FloatBuffer(count: batch * horizon)
    dOutputs = FloatBuffer(count: steps * batch * hidden)
    ones = FloatBuffer(count: batch * horizon)
    ones.mutable.fill(1)
    workspace = RecurrentWorkspace()
    var generator = RandomGenerator(seed: 0)
    lstm.initialize(parameters.mutable, using: &generator)
    initialize(head, parameters.mutable, using: &generator)
    pack()
  }

  /// The products' copy of the weights; due after each change of them.
  mutating func pack() {
    lstm.pack(parameters.elements.baseAddress!, into: packed.mutable.baseAddress!)
    head.pack(parameters.elements.baseAddress!, into: packed.mutable.baseAddress!)
  }

  /// x: [steps, batch, inputs], time first; leaves forecast: [batch, horizon].
  mutating func forward(_ x: UnsafePointer<Float>) {
    let packed = packed.elements.baseAddress!
    stackForward(lstm, packed: packed, pass, x: x, workspace: &workspace)
    linearForward(
      head, packed: packed, rows: pass.batch, x: lastOutputs(), xStride: head.inputSize,
      y: forecast.mutable.baseAddress!, yStride: head.outputSize)
  }

  /// One optimizer step; returns the loss before it.
  mutating func train(
    _ x: UnsafePointer<Float>, _ target: UnsafePointer<Float>, _ optimizer: inout AdamOptimizer
  ) -> Double {
    forward(x)
    gradients.mutable.fill(0)
    let loss = squaredError(
      count: forecast.count, predictions: forecast.elements.baseAddress!, targets: target,
      mask: ones.elements.baseAddress!, dPredictions: dForecast.mutable.baseAddress!,
      gradientScale: 1 / Float(forecast.count))
    backward(x)
    if case .apply(let scale, _) = GradientClip(gradients.elements, maximumNorm: 1) {
      optimizer.step(
        parameters: parameters.mutable, gradients: gradients.elements, rate: 1e-2,
        gradientScale: scale)
      pack()
    }
    return loss.mean
  }

  private mutating func backward(_ x: UnsafePointer<Float>) {
    let packed = packed.elements.baseAddress!
    let dy = dForecast.elements.baseAddress!
    let all = gradients.mutable.baseAddress!
    linearBackwardParameters(
      head, rows: pass.batch, x: lastOutputs(), xStride: head.inputSize, dy: dy,
      dyStride: head.outputSize, dParameters: all)
    dOutputs.mutable.fill(0)
    linearBackwardInput(
      head, packed: packed, rows: pass.batch, dy: dy, dyStride: head.outputSize,
      dx: dOutputs.mutable.baseAddress! + lastStep, dxStride: head.inputSize)
    stackBackward(
      lstm, packed: packed, pass, x: x, dOutputs: dOutputs.elements.baseAddress!, dx: nil,
      dParameters: all, workspace: &workspace)
  }

  private var lastStep: Int { (pass.steps - 1) * pass.batch * head.inputSize }

  private mutating func lastOutputs() -> UnsafePointer<Float> {
    UnsafePointer(workspace.outputs(lstm, steps: pass.steps, batch: pass.batch) + lastStep)
  }
}
// end of the documented model
