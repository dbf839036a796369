import NeuralNetwork
import Testing

@Suite struct AttentionParityTests {
  @Test("attention pooling over packed sequences is PyTorch's, forth, back and in training")
  func pooling() throws {
    let fixture = try ParityFixture("attention-pooling")
    let (x, mask) = (try fixture.floats("input.x"), try fixture.floats("input.mask"))
    let (shape, hidden) = (try fixture.shape("input.x"), try fixture.shape("output.y")[1])
    let (steps, batch) = (shape[0], shape[1])
    var model = LayerModel()
    let lstm = SequenceModel(
      &model, RecurrentStackShape(inputSize: shape[2], hiddenSize: hidden), steps: steps,
      batch: batch)
    let layer = model.add {
      AttentionPoolingLayer(
        prefix: "attention", inputSize: hidden, hiddenSize: 5, layout: &$0, packing: &$1)
    }
    var y = [Float](repeating: 0, count: batch * hidden)
    func run(
      _ parameters: UnsafePointer<Float>, _ dParameters: UnsafeMutablePointer<Float>,
      gradient: ([Float]) throws -> [Float]
    ) throws -> [Float] {
      let packed = model.packed {
        lstm.stack.pack(parameters, into: $0)
        layer.pack(parameters, into: $0)
      }
      return try lstm.run(packed: packed, mask: mask, x: x, dParameters: dParameters) { h in
        var activations = [Float](
          repeating: 0, count: layer.activationCount(steps: steps, batch: batch))
        var scratch = [Float](repeating: 0, count: layer.scratchCount(steps: steps, batch: batch))
        var dh = [Float](repeating: 0, count: steps * batch * hidden)
        attentionPoolingForward(
          layer, packed: packed, steps: steps, batch: batch, mask: mask, x: h, y: &y,
          activations: &activations)
        attentionPoolingBackward(
          layer, packed: packed, steps: steps, batch: batch, x: h, activations: activations,
          dy: try gradient(y), dx: &dh, scratch: &scratch, dParameters: dParameters)
        return dh
      }
    }
    try expectParity(
      fixture, model.layout, vanishing: ["attention.2.bias"], output: { y }, run: run)
  }

  @Test(
    "a residual self-attention block behind an LSTM is PyTorch's, forth, back and in training",
    arguments: ["multi-head-attention", "multi-head-attention-causal"])
  func multiHead(_ name: String) throws {
    let fixture = try ParityFixture(name)
    let (x, mask) = (try fixture.floats("input.x"), try fixture.floats("input.mask"))
    let (shape, size) = (try fixture.shape("input.x"), try fixture.shape("output.y")[2])
    let (steps, batch) = (shape[0], shape[1])
    let rows = steps * batch
    var model = LayerModel()
    let lstm = SequenceModel(
      &model, RecurrentStackShape(inputSize: shape[2], hiddenSize: size), steps: steps,
      batch: batch)
    let block = model.add {
      SelfAttentionBlock(
        prefix: "", size: size, heads: 2, isCausal: name.hasSuffix("causal"), layout: &$0,
        packing: &$1)
    }
    var y = [Float](repeating: 0, count: rows * size)
    func run(
      _ parameters: UnsafePointer<Float>, _ dParameters: UnsafeMutablePointer<Float>,
      gradient: ([Float]) throws -> [Float]
    ) throws -> [Float] {
      let packed = model.packed {
        lstm.stack.pack(parameters, into: $0)
        block.pack(parameters, into: $0)
      }
      return try lstm.run(packed: packed, x: x, dParameters: dParameters) { h in
        var activations = [Float](
          repeating: 0, count: block.activationCount(steps: steps, batch: batch))
        var scratch = [Float](repeating: 0, count: block.scratchCount(steps: steps, batch: batch))
        var dh = [Float](repeating: 0, count: rows * size)
        selfAttentionForward(
          block, packed: packed, steps: steps, batch: batch, mask: mask, x: h, y: &y,
          activations: &activations)
        selfAttentionBackward(
          block, packed: packed, steps: steps, batch: batch, x: h, activations: activations,
          dy: try gradient(y), dx: &dh, scratch: &scratch, dParameters: dParameters)
        return dh
      }
    }
    try expectParity(fixture, model.layout, output: { y }, run: run)
  }
}

/// Compares outputs, gradients and the training of a model with one input x and one output y.
func expectParity(
  _ fixture: ParityFixture, _ layout: ParameterLayout, vanishing: Set<String> = [],
  output: () -> [Float],
  run: (
    UnsafePointer<Float>, UnsafeMutablePointer<Float>, ([Float]) throws -> [Float]
  ) throws -> [Float]
) throws {
  let parameters = try fixture.parameters(layout)
  var dParameters = parameters.map { _ in Float(0) }
  let dx = try run(parameters, &dParameters) { _ in try fixture.floats("cotangent.y") }
  try fixture.expect(output(), "output.y")
  try fixture.expect(dx, "gradient.input.x")
  try fixture.expect(dParameters, layout, "gradient.parameter", vanishing: vanishing)
  let target = try fixture.floats("training.target")
  try expectTraining(fixture, layout) { parameters, dParameters in
    var loss = 0.0
    _ = try run(parameters, dParameters) { y in
      let (value, dy) = meanSquaredError(y, target)
      loss = value
      return dy
    }
    return loss
  }
}
