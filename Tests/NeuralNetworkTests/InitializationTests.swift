import NeuralNetwork
import Numerics
import Testing

@Suite struct InitializationTests {
  static func filled(
    _ count: Int, seed: UInt64 = 1,
    _ fill: (UnsafeMutableBufferPointer<Float>, inout RandomGenerator) -> Void
  ) -> [Float] {
    var values = [Float](repeating: 9, count: count)
    var generator = RandomGenerator(seed: seed)
    values.withUnsafeMutableBufferPointer { fill($0, &generator) }
    return values
  }

  @Test("Xavier's bound and Kaiming's deviation are PyTorch's")
  func scales() {
    let xavier = Self.filled(20_000) {
      $0.fillXavierUniform(fanIn: 50, fanOut: 100, gain: 2, using: &$1)
    }
    let bound: Float = 0.4
    #expect(xavier.allSatisfy { abs($0) <= bound } && xavier.contains { abs($0) > 0.99 * bound })
    let kaiming = Self.filled(20_000) { $0.fillKaimingNormal(fanIn: 50, using: &$1) }
    let square = kaiming.reduce(0.0) { $0 + Double($1) * Double($1) } / 20_000
    #expect(abs(square - 0.04) < 0.002)
  }

  @Test("orthogonal matrices keep lengths", arguments: [(6, 6), (3, 9), (9, 3), (64, 64), (1, 4)])
  func orthogonal(_ rows: Int, _ columns: Int) {
    let matrix = Self.filled(rows * columns) {
      $0.fillOrthogonal(rows: rows, columns: columns, gain: 1.5, using: &$1)
    }
    let count = min(rows, columns)
    for i in 0..<count {
      for j in 0..<count {
        var product = 0.0
        for k in 0..<max(rows, columns) {
          let (a, b) =
            rows <= columns
            ? (matrix[i * columns + k], matrix[j * columns + k])
            : (matrix[k * columns + i], matrix[k * columns + j])
          product += Double(a) * Double(b)
        }
        #expect(abs(product - (i == j ? 2.25 : 0)) < 1e-5)
      }
    }
  }

  /// Three layers of an LSTM on 30 steps, observed as a trainer would before its first step.
  static func check(scale: Float) -> InitializationCheck {
    var (layout, packing) = (ParameterLayout(), PackedStorageLayout())
    let (steps, batch, hidden, inputs) = (30, 4, 32, 8)
    let layers = (0..<3).map {
      LSTMLayer(
        prefix: "lstm", index: $0, inputSize: $0 == 0 ? inputs : hidden, hiddenSize: hidden,
        layout: &layout, packing: &packing)
    }
    var parameters = [Float](repeating: 0, count: layout.count)
    var generator = RandomGenerator(seed: 2)
    parameters.withUnsafeMutableBufferPointer { parameters in
      for layer in layers { layer.initialize(parameters, using: &generator) }
    }
    var packed = [Float](repeating: 0, count: packing.count)
    parameters = parameters.map { $0 * scale }
    for layer in layers { layer.pack(parameters, into: &packed) }

    var check = InitializationCheck()
    let plane = batch * hidden
    var input = random(steps * batch * inputs, seed: 3)
    input.withUnsafeBufferPointer { check.observe("input", .activations, $0) }
    var tapes: [(x: [Float], h: [Float], c: [Float], gates: [Float])] = []
    for (index, layer) in layers.enumerated() {
      var h = [Float](repeating: 0, count: (steps + 1) * plane)
      var (c, gates) = (h, [Float](repeating: 0, count: 4 * steps * plane))
      lstmForward(
        layer, packed: packed, steps: steps, batch: batch, x: input, h: &h, c: &c, gates: &gates)
      // The three gates that are sigmoids, of each row's four.
      let sigmoids = gates.indices.filter { $0 / hidden % 4 != 2 }.map { gates[$0] }
      sigmoids.withUnsafeBufferPointer {
        check.observe("lstm_l\(index).gates", .activations, $0, bounds: 0...1)
      }
      h[plane...].withUnsafeBufferPointer {
        check.observe("lstm_l\(index)", .activations, $0, bounds: -1...1)
      }
      tapes.append((input, h, c, gates))
      input = Array(h[plane...])
    }
    var dh = random(steps * plane, seed: 4)
    var gradients: [[Float]] = [dh]
    for (index, layer) in layers.enumerated().reversed() {
      var gates = tapes[index].gates
      var dc = [Float](repeating: 0, count: plane)
      var dh0 = dc
      var dx = [Float](repeating: 0, count: tapes[index].x.count)
      var dParameters = [Float](repeating: 0, count: layout.count)
      lstmBackward(
        layer, packed: packed, steps: steps, batch: batch, x: tapes[index].x, h: tapes[index].h,
        c: tapes[index].c, gates: &gates, dh: &dh, dc: &dc, dh0: &dh0, dx: &dx,
        dParameters: &dParameters)
      gradients.insert(dx, at: 0)
      dh = dx
    }
    for (index, gradient) in gradients.enumerated() {
      gradient.withUnsafeBufferPointer {
        check.observe(index == 0 ? "input" : "lstm_l\(index - 1)", .gradients, $0)
      }
    }
    return check
  }

  @Test("an LSTM with PyTorch's initial weights has no faults")
  func healthy() {
    let check = Self.check(scale: 1)
    #expect(check.faults == [], "\(check.report)")
    #expect(check.scales.count == 11)
  }

  @Test("an LSTM whose weights are far too large or too small is told")
  func faulty() {
    let large = Self.check(scale: 100)
    #expect(large.faults.contains { $0.hasSuffix("are saturated: weights too large") })
    let small = Self.check(scale: 1e-3)
    #expect(small.faults.contains { $0.hasPrefix("lstm_l0: activations vanish") })
    #expect(small.faults.contains { $0.hasPrefix("input: gradients vanish") })
  }
}
