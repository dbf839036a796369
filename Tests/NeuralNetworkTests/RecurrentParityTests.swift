import NeuralNetwork
import Testing

@Suite struct RecurrentParityTests {
  static let cases = [
    "lstm", "lstm-stacked", "lstm-bidirectional", "lstm-packed",
    "gru", "gru-stacked", "gru-bidirectional", "gru-packed",
  ]

  @Test(
    "a recurrent stack's outputs, gradients and 20 training steps are PyTorch's", arguments: cases)
  func parity(_ name: String) throws {
    let fixture = try ParityFixture(name)
    let kind = try #require(RecurrentCellKind(rawValue: String(name.prefix { $0 != "-" })))
    let (x, h0) = (try fixture.shape("input.x"), try fixture.shape("input.h0"))
    let isBidirectional = fixture.file["parameter.\(kind).weight_ih_l0_reverse"] != nil
    let shape = RecurrentStackShape(
      cell: kind, inputSize: x[2], hiddenSize: h0[2],
      layerCount: isBidirectional ? h0[0] / 2 : h0[0], isBidirectional: isBidirectional)
    let mask = name.hasSuffix("packed") ? try fixture.floats("input.mask") : nil
    var stack = RecurrentFixture(
      shape, steps: x[0], batch: x[1], mask: mask, prefix: kind.rawValue)
    stack.x = try fixture.floats("input.x")
    stack.h0 = try rows(fixture, "input.h0")
    stack.c0 = kind == .lstm ? try rows(fixture, "input.c0") : []
    stack.pack(try fixture.parameters(stack.layout))

    let cotangents = RecurrentFixture.Outputs(
      y: padded(try fixture.floats("cotangent.y"), mask, width: shape.outputSize),
      h: try rows(fixture, "cotangent.hn"),
      c: kind == .lstm ? try rows(fixture, "cotangent.cn") : [])
    let (outputs, gradients) = stack.run { _ in cotangents }
    try fixture.expect(padded(outputs.y, mask, width: shape.outputSize), "output.y")
    #expect(relativeError(outputs.h, try rows(fixture, "output.hn")) <= ParityFixture.tolerance)
    try fixture.expect(gradients.x, "gradient.input.x")
    let dh0 = try rows(fixture, "gradient.input.h0")
    #expect(relativeError(gradients.h0, dh0) <= ParityFixture.tolerance)
    if kind == .lstm {
      #expect(relativeError(outputs.c, try rows(fixture, "output.cn")) <= ParityFixture.tolerance)
      let dc0 = try rows(fixture, "gradient.input.c0")
      #expect(relativeError(gradients.c0, dc0) <= ParityFixture.tolerance)
    }
    try fixture.expect(gradients.parameters, stack.layout, "gradient.parameter")

    let target = try fixture.floats("training.target")
    try expectTraining(fixture, stack.layout) { parameters, dParameters in
      stack.pack(Array(UnsafeBufferPointer(start: parameters, count: stack.layout.count)))
      var loss = 0.0
      let gradients = stack.run { outputs in
        let y = padded(outputs.y, mask, width: shape.outputSize)
        let (value, dy) = meanSquaredError(y, target)
        loss = value
        return RecurrentFixture.Outputs(
          y: padded(dy, mask, width: shape.outputSize), h: [], c: [])
      }.gradients
      for (index, gradient) in gradients.parameters.enumerated() { dParameters[index] += gradient }
      return loss
    }
  }

  /// PyTorch's states [L·D, B, H] as rows [B, L·D·H].
  private func rows(_ fixture: ParityFixture, _ name: String) throws -> [Float] {
    let (values, shape) = (try fixture.floats(name), try fixture.shape(name))
    return (0..<shape[1]).flatMap { row in
      (0..<shape[0]).flatMap { index in
        values[((index * shape[1] + row) * shape[2])...].prefix(shape[2])
      }
    }
  }

  /// Zeros in place of the frozen states behind a sequence's end, as PyTorch pads.
  private func padded(_ y: [Float], _ mask: [Float]?, width: Int) -> [Float] {
    guard let mask else { return y }
    return y.indices.map { mask[$0 / width] * y[$0] }
  }
}

/// The mean over all values, and its gradient.
func meanSquaredError(_ y: [Float], _ target: [Float]) -> (loss: Double, dy: [Float]) {
  var dy = y
  let loss = squaredError(
    count: y.count, predictions: y, targets: target, mask: [Float](repeating: 1, count: y.count),
    dPredictions: &dy, gradientScale: 1 / Float(y.count))
  return (loss.mean, dy)
}
