import NeuralNetwork
import Numerics
import Testing

@Suite struct LSTMTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let inputs: Int
    let hidden: Int
    let steps: Int
    let batch: Int
    var testDescription: String { "I \(inputs) H \(hidden) T \(steps) B \(batch)" }
  }

  static let cases = [
    Case(inputs: 1, hidden: 1, steps: 1, batch: 1),
    Case(inputs: 3, hidden: 5, steps: 7, batch: 4),
    Case(inputs: 2, hidden: 17, steps: 4, batch: 9),
    Case(inputs: 8, hidden: 16, steps: 3, batch: 1),
  ]

  /// A layer with random parameters, inputs and initial states.
  final class Fixture {
    let layer: LSTMLayer
    let size: Case
    let count: Int
    let parameters: [Float]
    var packed: [Float]
    let x: [Float]
    let h0: [Float]
    let c0: [Float]

    init(_ size: Case) {
      var layout = ParameterLayout()
      var packing = PackedStorageLayout()
      layer = LSTMLayer(
        prefix: "lstm", index: 0, inputSize: size.inputs, hiddenSize: size.hidden,
        layout: &layout, packing: &packing)
      self.size = size
      count = layout.count
      parameters = random(layout.count, seed: 1).map { $0 * 0.4 }
      packed = [Float](repeating: 0, count: packing.count)
      layer.pack(parameters, into: &packed)
      x = random(size.steps * size.batch * size.inputs, seed: 2)
      h0 = random(size.batch * size.hidden, seed: 3).map { $0 * 0.5 }
      c0 = random(size.batch * size.hidden, seed: 4)
    }

    var reference: LSTMReference {
      LSTMReference(
        inputSize: size.inputs, hiddenSize: size.hidden, parameters: parameters.map(Double.init),
        x: x.map(Double.init), h0: h0.map(Double.init), c0: c0.map(Double.init))
    }

    /// [T+1, B, H] states and the activated gates.
    func forward() -> (h: [Float], c: [Float], gates: [Float]) {
      let plane = size.batch * size.hidden
      var h = h0 + [Float](repeating: 0, count: size.steps * plane)
      var c = c0 + [Float](repeating: 0, count: size.steps * plane)
      var gates = [Float](repeating: 0, count: 4 * size.steps * plane)
      lstmForward(
        layer, packed: packed, steps: size.steps, batch: size.batch, x: x, h: &h, c: &c,
        gates: &gates)
      return (h, c, gates)
    }
  }

  @Test("an LSTM's sequence is within 1e-5 of the Float64 reference", arguments: cases)
  func forwardAgreesWithReference(_ size: Case) {
    let fixture = Fixture(size)
    let (h, c, _) = fixture.forward()
    let exact = fixture.reference.run(steps: size.steps, batch: size.batch)
    let plane = size.batch * size.hidden
    for (index, value) in exact.h.enumerated() {
      #expect(abs(Double(h[plane + index]) - value) < 1e-5)
      #expect(abs(Double(c[plane + index]) - exact.c[index]) < 1e-5)
    }
  }

  @Test("an LSTM's single steps give the sequence's states bit for bit", arguments: cases)
  func stepsAreTheSequence(_ size: Case) {
    let fixture = Fixture(size)
    let (h, c, _) = fixture.forward()
    let plane = size.batch * size.hidden
    var (stepH, stepC) = (fixture.h0, fixture.c0)
    var gates = [Float](repeating: 0, count: 4 * plane)
    for t in 0..<size.steps {
      let inputs = Array(fixture.x[(t * size.batch * size.inputs)...])
      lstmStep(
        fixture.layer, packed: fixture.packed, rows: size.batch, x: inputs, xStride: size.inputs,
        h: &stepH, c: &stepC, stateStride: size.hidden, gates: &gates)
      #expect(stepH == Array(h[((t + 1) * plane)..<((t + 2) * plane)]))
      #expect(stepC == Array(c[((t + 1) * plane)..<((t + 2) * plane)]))
    }
  }

  @Test(
    "an LSTM's gradients are the central differences of the Float64 reference", arguments: cases)
  func gradientsAreFiniteDifferences(_ size: Case) {
    let fixture = Fixture(size)
    let plane = size.batch * size.hidden
    // loss = Σ w·h over all steps + Σ v·c of the last step
    let w = random(size.steps * plane, seed: 5)
    let v = random(plane, seed: 6)
    var (h, c, gates) = fixture.forward()
    var (dh, dc) = (w, v)
    var dh0 = [Float](repeating: 0, count: plane)
    var dx = [Float](repeating: 0, count: fixture.x.count)
    var dParameters = [Float](repeating: 0, count: fixture.count)
    lstmBackward(
      fixture.layer, packed: fixture.packed, steps: size.steps, batch: size.batch, x: fixture.x,
      h: &h, c: &c, gates: &gates, dh: &dh, dc: &dc, dh0: &dh0, dx: &dx,
      dParameters: &dParameters)

    func loss(_ reference: LSTMReference) -> Double {
      let (h, c) = reference.run(steps: size.steps, batch: size.batch)
      var sum = 0.0
      for (index, value) in h.enumerated() { sum += Double(w[index]) * value }
      for (index, value) in c.suffix(plane).enumerated() { sum += Double(v[index]) * value }
      return sum
    }
    func check(_ path: WritableKeyPath<LSTMReference, [Double]>, _ gradients: [Float]) {
      for index in gradients.indices {
        var reference = fixture.reference
        reference[keyPath: path][index] += 1e-5
        let above = loss(reference)
        reference[keyPath: path][index] -= 2e-5
        let expected = (above - loss(reference)) / 2e-5
        let error = abs(Double(gradients[index]) - expected)
        #expect(error < 1e-3 * abs(expected) + 1e-5, "\(path) \(index)")
      }
    }
    check(\.parameters, dParameters)
    check(\.x, dx)
    check(\.h0, dh0)
    check(\.c0, dc)
  }

  @Test("an LSTM's parameters have PyTorch's names and shapes")
  func names() {
    var layout = ParameterLayout()
    var packing = PackedStorageLayout()
    for index in 0..<2 {
      _ = LSTMLayer(
        prefix: "lstm", index: index, inputSize: index == 0 ? 3 : 5, hiddenSize: 5,
        layout: &layout, packing: &packing)
    }
    #expect(
      layout.entries.map { "\($0.name) \($0.shape)" } == [
        "lstm.weight_ih_l0 [20, 3]", "lstm.weight_hh_l0 [20, 5]",
        "lstm.bias_ih_l0 [20]", "lstm.bias_hh_l0 [20]",
        "lstm.weight_ih_l1 [20, 5]", "lstm.weight_hh_l1 [20, 5]",
        "lstm.bias_ih_l1 [20]", "lstm.bias_hh_l1 [20]",
      ])
    #expect(layout.count == 20 * 3 + 3 * 20 * 5 + 4 * 20)
    #expect(layout["lstm.bias_ih_l0"]?.range == 160..<180)
  }

  @Test("an LSTM's initial weights fill 1/sqrt(H), and the forget bias replaces both biases")
  func initialization() {
    var layout = ParameterLayout()
    var packing = PackedStorageLayout()
    let layer = LSTMLayer(
      prefix: "lstm", index: 0, inputSize: 4, hiddenSize: 25, layout: &layout, packing: &packing)
    var parameters = [Float](repeating: 9, count: layout.count)
    var generator = RandomGenerator(seed: 1)
    parameters.withUnsafeMutableBufferPointer {
      initialize(layer, $0, forgetBias: nil, using: &generator)
    }
    #expect(parameters.allSatisfy { abs($0) <= 0.2 })
    #expect(parameters.map(abs).max() ?? 0 > 0.19)
    parameters.withUnsafeMutableBufferPointer {
      initialize(layer, $0, forgetBias: 1, using: &generator)
    }
    #expect(parameters[(layer.biasIH + 25)..<(layer.biasIH + 50)].allSatisfy { $0 == 1 })
    #expect(parameters[(layer.biasHH + 25)..<(layer.biasHH + 50)].allSatisfy { $0 == 0 })
    #expect(abs(parameters[layer.biasIH + 24]) <= 0.2)
  }
}

func random(_ count: Int, seed: UInt64) -> [Float] {
  var generator = RandomGenerator(seed: seed)
  return (0..<count).map { _ in Float(generator.normal()) }
}
