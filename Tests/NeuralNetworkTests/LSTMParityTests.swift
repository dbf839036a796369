import NeuralNetwork
import Testing

@Suite struct LSTMParityTests {
  @Test("outputs, gradients and 20 training steps of a layer are PyTorch's")
  func lstm() throws {
    let fixture = try ParityFixture("lstm")
    let shape = try fixture.shape("input.x")
    let (steps, batch, inputs) = (shape[0], shape[1], shape[2])
    let hidden = try fixture.shape("input.h0")[2]
    let plane = batch * hidden
    var layout = ParameterLayout()
    var packing = PackedStorageLayout()
    let layer = LSTMLayer(
      prefix: "lstm", index: 0, inputSize: inputs, hiddenSize: hidden, layout: &layout,
      packing: &packing)
    let x = try fixture.floats("input.x")
    let zeros = [Float](repeating: 0, count: steps * plane)
    let h0 = try fixture.floats("input.h0") + zeros
    let c0 = try fixture.floats("input.c0") + zeros
    var packed = [Float](repeating: 0, count: packing.count)

    /// From the gradients of outputs and last cell state to those of parameters and inputs.
    func run(
      _ parameters: UnsafePointer<Float>, dParameters: UnsafeMutablePointer<Float>,
      gradients: (_ h: ArraySlice<Float>, _ c: ArraySlice<Float>) -> (dh: [Float], dc: [Float])
    ) -> (dx: [Float], dh0: [Float], dc0: [Float]) {
      layer.pack(parameters, into: &packed)
      var (h, c) = (h0, c0)
      var gates = [Float](repeating: 0, count: 4 * steps * plane)
      lstmForward(
        layer, packed: packed, steps: steps, batch: batch, x: x, h: &h, c: &c, gates: &gates)
      var (dh, dc) = gradients(h[plane...], c[plane...])
      var dx = [Float](repeating: 0, count: x.count)
      var dh0 = [Float](repeating: 0, count: plane)
      lstmBackward(
        layer, packed: packed, steps: steps, batch: batch, x: x, h: h, c: c, gates: &gates,
        dh: &dh, dc: &dc, dh0: &dh0, dx: &dx, dParameters: dParameters)
      return (dx, dh0, dc)
    }

    let parameters = try fixture.parameters(layout)
    var dParameters = [Float](repeating: 0, count: layout.count)
    let dy = try fixture.floats("cotangent.y")
    let dhn = try fixture.floats("cotangent.hn")
    let dcn = try fixture.floats("cotangent.cn")
    var outputs: (h: [Float], c: [Float]) = ([], [])
    let input = run(parameters, dParameters: &dParameters) { h, c in
      outputs = (Array(h), Array(c))
      var dh = dy
      for index in 0..<plane { dh[dh.count - plane + index] += dhn[index] }
      return (dh, dcn)
    }
    try fixture.expect(outputs.h, "output.y")
    try fixture.expect(outputs.h.suffix(plane), "output.hn")
    try fixture.expect(outputs.c.suffix(plane), "output.cn")
    try fixture.expect(input.dx, "gradient.input.x")
    try fixture.expect(input.dh0, "gradient.input.h0")
    try fixture.expect(input.dc0, "gradient.input.c0")
    try fixture.expect(dParameters, layout, "gradient.parameter")

    let target = try fixture.floats("training.target")
    let mask = [Float](repeating: 1, count: target.count)
    try expectTraining(fixture, layout) { parameters, dParameters in
      var loss = LossSum()
      _ = run(parameters, dParameters: dParameters) { h, _ in
        var dh = target
        loss = squaredError(
          count: target.count, predictions: Array(h), targets: target, mask: mask,
          dPredictions: &dh, gradientScale: 1 / Float(target.count))
        return (dh, [Float](repeating: 0, count: plane))
      }
      return loss.mean
    }
  }
}
