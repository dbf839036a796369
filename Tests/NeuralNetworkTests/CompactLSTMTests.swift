import NeuralNetwork
import Numerics
import Testing

@Suite struct CompactLSTMTests {
  /// PyTorch's initial weights of a layer, U(−1/√H, 1/√H).
  struct Weights {
    let inputs: Int
    let hidden: Int
    var ih: [Float]
    var hh: [Float]
    var biasIH: [Float]
    var biasHH: [Float]

    init(inputs: Int, hidden: Int, seed: UInt64) {
      self.inputs = inputs
      self.hidden = hidden
      var generator = RandomGenerator(seed: seed)
      func uniform(_ count: Int) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        values.withUnsafeMutableBufferPointer {
          $0.fillUniform(fanIn: hidden, using: &generator)
        }
        return values
      }
      ih = uniform(4 * hidden * inputs)
      hh = uniform(4 * hidden * hidden)
      biasIH = uniform(4 * hidden)
      biasHH = uniform(4 * hidden)
    }

    func compact(_ format: CompactMatrix.Format) -> CompactLSTM {
      var layer = CompactLSTM(format, inputSize: inputs, hiddenSize: hidden)
      layer.load(weightIH: ih, weightHH: hh, biasIH: biasIH, biasHH: biasHH)
      return layer
    }

    /// Hidden states of every step, by the Float64 reference.
    func exact(x: [Float], steps: Int, batch: Int) -> [Double] {
      let zeros = [Double](repeating: 0, count: batch * hidden)
      return LSTMReference(
        inputSize: inputs, hiddenSize: hidden,
        parameters: (ih + hh + biasIH + biasHH).map(Double.init), x: x.map(Double.init),
        h0: zeros, c0: zeros
      ).run(steps: steps, batch: batch).h
    }
  }

  /// Largest error of the states over the largest state.
  static func error(_ actual: [Float], _ exact: [Double]) -> Double {
    let largest = exact.map { abs($0) }.max() ?? 0
    return zip(actual, exact).map { abs(Double($0) - $1) }.max().map { $0 / largest } ?? 0
  }

  @Test(
    "168 steps with compact weights stay near the exact states",
    arguments: [
      (CompactMatrix.Format.narrow(.float16), 5e-4), (.narrow(.bfloat16), 4e-3), (.int8, 8e-3),
    ])
  func weights(_ format: CompactMatrix.Format, _ bound: Double) {
    let (steps, batch) = (168, 3)
    let weights = Weights(inputs: 8, hidden: 64, seed: 11)
    let x = random(steps * batch * 8, seed: 12)
    let layer = weights.compact(format)
    var h = [Float](repeating: 0, count: batch * 64)
    var (c, gates) = (h, [Float](repeating: 0, count: 4 * batch * 64))
    var states: [Float] = []
    for t in 0..<steps {
      layer.step(
        rows: batch, x: Array(x[(t * batch * 8)...]), xStride: 8, h: &h, c: &c, stateStride: 64,
        gates: &gates)
      states += h
    }
    let error = Self.error(states, weights.exact(x: x, steps: steps, batch: batch))
    #expect(error < bound && error > 1e-5, "\(format): \(error)")
  }

  @Test(
    "168 steps with states stored in 16 bits stay near the exact states",
    arguments: [(NarrowFormat.float16, 1e-3), (.bfloat16, 8e-3)])
  func states(_ format: NarrowFormat, _ bound: Double) {
    let (steps, batch) = (168, 3)
    let weights = Weights(inputs: 8, hidden: 64, seed: 11)
    let x = random(steps * batch * 8, seed: 12)
    let layer = weights.compact(.narrow(format))
    let plane = batch * 64
    var h = NarrowBuffer(format, count: 5 + plane)
    var c = NarrowBuffer(format, count: 5 + plane)
    var scratch = [Float](repeating: 0, count: 6 * plane)
    var states: [Float] = []
    for t in 0..<steps {
      layer.step(
        rows: batch, x: Array(x[(t * batch * 8)...]), xStride: 8, h: &h, c: &c, at: 5,
        scratch: &scratch)
      var now = [Float](repeating: 0, count: plane)
      h.load(into: &now, at: 5, count: plane)
      states += now
    }
    let error = Self.error(states, weights.exact(x: x, steps: steps, batch: batch))
    #expect(error < bound && error > 1e-5, "\(format): \(error)")
  }

  @Test("a row's states are the same bits whatever else is in the batch")
  func batchInvariance() {
    let weights = Weights(inputs: 5, hidden: 17, seed: 3)
    let x = random(9 * 5, seed: 4)
    for format in [CompactMatrix.Format.narrow(.float16), .narrow(.bfloat16), .int8] {
      let layer = weights.compact(format)
      var h = random(9 * 17, seed: 5)
      var (c, gates) = (random(9 * 17, seed: 6), [Float](repeating: 0, count: 9 * 4 * 17))
      var (oneH, oneC) = (Array(h[(4 * 17)..<(5 * 17)]), Array(c[(4 * 17)..<(5 * 17)]))
      layer.step(
        rows: 9, x: x, xStride: 5, h: &h, c: &c, stateStride: 17, gates: &gates)
      layer.step(
        rows: 1, x: Array(x[20..<25]), xStride: 5, h: &oneH, c: &oneC, stateStride: 17,
        gates: &gates)
      #expect(oneH == Array(h[(4 * 17)..<(5 * 17)]) && oneC == Array(c[(4 * 17)..<(5 * 17)]))
    }
  }

  @Test("int8 takes a third of Float's memory at most, and a linear layer's outputs are off by 1 %")
  func linear() {
    let (inputs, outputs, rows) = (64, 72, 10)
    let weight = random(outputs * inputs, seed: 1)
    let bias = random(outputs, seed: 2)
    let x = random(rows * inputs, seed: 3)
    let layer = CompactLinear(
      .int8, inputSize: inputs, outputSize: outputs, weight: weight, bias: bias)
    let bytes = layer.byteCount
    #expect(bytes < (weight.count + bias.count) * 4 / 3)
    var y = [Float](repeating: 0, count: rows * outputs)
    layer.forward(rows: rows, x: x, xStride: inputs, y: &y, yStride: outputs)
    var exact: [Double] = []
    for row in 0..<rows {
      for column in 0..<outputs {
        var sum = Double(bias[column])
        for k in 0..<inputs {
          sum += Double(x[row * inputs + k]) * Double(weight[column * inputs + k])
        }
        exact.append(sum)
      }
    }
    let error = Self.error(y, exact)
    #expect(error < 0.01 && error > 1e-4, "\(error)")
  }
}
