import NeuralNetwork
import Testing

@Suite struct LayerParityTests {
  @Test("layer normalisation: outputs and gradients are PyTorch's")
  func layerNorm() throws {
    let fixture = try ParityFixture("layer-norm")
    let shape = try fixture.shape("input.x")
    var model = LayerModel()
    let layer = model.add {
      LayerNormLayer(prefix: "norm", size: shape[1], layout: &$0, packing: &$1)
    }
    let (parameters, x) = (try fixture.parameters(model.layout), try fixture.floats("input.x"))
    let packed = model.packed { layer.pack(parameters, into: $0) }
    var (y, dx) = (x, x)
    var mean = [Float](repeating: 0, count: shape[0])
    var scale = mean
    layerNormForward(
      layer, packed: packed, rows: shape[0], x: x, xStride: shape[1], y: &y, yStride: shape[1],
      mean: &mean, scale: &scale)
    var dParameters = parameters.map { _ in Float(0) }
    layerNormBackward(
      layer, packed: packed, rows: shape[0], x: x, xStride: shape[1], mean: mean, scale: scale,
      dy: try fixture.floats("cotangent.y"), dx: &dx, dParameters: &dParameters)
    try fixture.expect(y, "output.y")
    try fixture.expect(dx, "gradient.input.x")
    try fixture.expect(dParameters, model.layout, "gradient.parameter")
  }

  @Test("batch normalisation: outputs, gradients, running statistics and use are PyTorch's")
  func batchNorm() throws {
    let fixture = try ParityFixture("batch-norm")
    let (rows, size) = (try fixture.shape("input.x")[0], try fixture.shape("input.x")[1])
    var (model, buffers) = (LayerModel(), ParameterLayout())
    let layer = model.add {
      BatchNormLayer(
        prefix: "norm", size: size, layout: &$0, statistics: &buffers, packing: &$1)
    }
    let layout = model.layout
    var statistics = [Float](repeating: 9, count: buffers.count)
    var parameters = [Float](repeating: 9, count: layout.count)
    parameters.withUnsafeMutableBufferPointer { parameters in
      statistics.withUnsafeMutableBufferPointer { layer.initialize(parameters, statistics: $0) }
    }
    parameters = try fixture.parameters(layout)
    let packed = model.packed { layer.pack(parameters, into: $0) }
    let x = try fixture.floats("input.x")
    var (y, dx) = (x, x)
    var mean = [Float](repeating: 0, count: size)
    var scale = mean
    batchNormForward(
      layer, packed: packed, rows: rows, mask: nil, x: x, y: &y, statistics: &statistics,
      mean: &mean, scale: &scale)
    var dParameters = parameters.map { _ in Float(0) }
    batchNormBackward(
      layer, packed: packed, rows: rows, mask: nil, x: x, mean: mean, scale: scale,
      dy: try fixture.floats("cotangent.y"), dx: &dx, dParameters: &dParameters)
    try fixture.expect(y, "output.y")
    try fixture.expect(dx, "gradient.input.x")
    try fixture.expect(dParameters, layout, "gradient.parameter")

    let batches = try fixture.floats("statistics.batches")
    for first in stride(from: 0, to: batches.count, by: x.count) {
      batchNormForward(
        layer, packed: packed, rows: rows, mask: nil,
        x: Array(batches[first..<(first + x.count)]), y: &y, statistics: &statistics, mean: &mean,
        scale: &scale)
    }
    try fixture.expect(statistics, buffers, "statistics")
    batchNormInference(
      layer, packed: packed, rows: rows, mask: nil, x: Array(batches[..<x.count]), y: &y,
      statistics: statistics, mean: &mean, scale: &scale)
    try fixture.expect(y, "statistics.evaluated")
  }

  @Test("residual head with SiLU: outputs, gradients and 20 training steps are PyTorch's")
  func residualMLP() throws {
    let fixture = try ParityFixture("residual-mlp")
    let (x, rows) = (try fixture.floats("input.x"), try fixture.shape("input.x")[0])
    let shape = try fixture.shape("parameter.head.input.weight")
    var model = LayerModel()
    let head = model.add {
      ResidualMLP(
        prefix: "head", inputSize: shape[1], width: shape[0], outputSize: 3, layout: &$0,
        packing: &$1)
    }
    var dx = x
    var y = [Float](repeating: 0, count: rows * 3)
    func run(
      _ parameters: UnsafePointer<Float>, _ dParameters: UnsafeMutablePointer<Float>,
      gradient: ([Float]) throws -> [Float]
    ) throws {
      let packed = model.packed { head.pack(parameters, into: $0) }
      var activations = [Float](repeating: 0, count: head.activationCount(rows: rows))
      var scratch = [Float](repeating: 0, count: head.scratchCount(rows: rows))
      residualMLPForward(
        head, packed: packed, rows: rows, x: x, y: &y, activations: &activations)
      residualMLPBackward(
        head, packed: packed, rows: rows, x: x, activations: activations, dy: try gradient(y),
        dx: &dx, scratch: &scratch, dParameters: dParameters)
    }
    let parameters = try fixture.parameters(model.layout)
    var dParameters = parameters.map { _ in Float(0) }
    try run(parameters, &dParameters) { _ in try fixture.floats("cotangent.y") }
    try fixture.expect(y, "output.y")
    try fixture.expect(dx, "gradient.input.x")
    try fixture.expect(dParameters, model.layout, "gradient.parameter")
    let target = try fixture.floats("training.target")
    try expectTraining(fixture, model.layout) { parameters, dParameters in
      var loss = 0.0
      try run(parameters, dParameters) { y in
        let (value, dy) = meanSquaredError(y, target)
        loss = value
        return dy
      }
      return loss
    }
  }
}

/// Layouts of a model that a test puts together.
struct LayerModel {
  var layout = ParameterLayout()
  var packing = PackedStorageLayout()

  mutating func add<Layer>(
    _ make: (inout ParameterLayout, inout PackedStorageLayout) -> Layer
  ) -> Layer {
    make(&layout, &packing)
  }

  func packed(_ pack: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    var packed = [Float](repeating: 0, count: packing.count)
    packed.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { pack(base) } }
    return packed
  }
}
