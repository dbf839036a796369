import NeuralNetwork
import Numerics
import Testing

@Suite struct DataParallelTests {
  @Test("forty steps of training leave the same bits with one, two, three and four threads")
  func sameBitsForAnyThreads() throws {
    let one = try train(threads: 1)
    #expect(one.losses[39] < one.losses[0] / 2)
    for threads in 2...4 {
      let other = try train(threads: threads)
      #expect(other.losses.map(\.bitPattern) == one.losses.map(\.bitPattern))
      #expect(other.parameters.map(\.bitPattern) == one.parameters.map(\.bitPattern))
    }
  }

  @Test("shards' gradients are the whole minibatch's, to rounding")
  func shardsAddUp() throws {
    let whole = RegressionShards(rowsOfShards: [24])
    let cut = RegressionShards(rowsOfShards: [7, 7, 7, 3])
    var wholeRun = try whole.parallel(threads: 1)
    var cutRun = try cut.parallel(threads: 2)
    for _ in 0..<2 {  // the second run must not see the first one's sums
      let loss = wholeRun.run()
      let cutLoss = cutRun.run()
      #expect(cutLoss.count == loss.count && loss.count == 24)
      #expect(abs(cutLoss.sum - loss.sum) < 1e-5 * loss.sum)
      for index in 0..<whole.layout.count {
        let exact = wholeRun.gradients[index]
        #expect(abs(cutRun.gradients[index] - exact) < 1e-5 * max(1, abs(exact)))
      }
    }
  }

  private func train(threads: Int) throws -> (losses: [Double], parameters: [Float]) {
    let shards = RegressionShards(rowsOfShards: [7, 7, 7, 3])
    var parallel = try shards.parallel(threads: threads)
    var optimizer = AdamOptimizer(count: shards.layout.count)
    var losses: [Double] = []
    for _ in 0..<40 {
      losses.append(parallel.run().mean)
      shards.update {
        optimizer.step(parameters: $0, gradients: parallel.gradients, rate: 0.02)
      }
    }
    return (losses, shards.parameters)
  }
}

/// An LSTM whose last hidden value is to become the mean of its row's inputs, rows cut into shards.
private final class RegressionShards {
  static let steps = 6
  let layout: ParameterLayout
  private let layer: LSTMLayer
  private(set) var parameters: [Float]
  private var packed: [Float]
  private let rowsOfShards: [Int]
  private let x: [Float]

  init(rowsOfShards: [Int]) {
    var layout = ParameterLayout()
    var packing = PackedStorageLayout()
    layer = LSTMLayer(
      prefix: "lstm", index: 0, inputSize: 1, hiddenSize: 9, layout: &layout, packing: &packing)
    self.layout = layout
    parameters = random(layout.count, seed: 1).map { $0 * 0.3 }
    packed = [Float](repeating: 0, count: packing.count)
    layer.pack(parameters, into: &packed)
    self.rowsOfShards = rowsOfShards
    x = random(rowsOfShards.reduce(0, +) * Self.steps, seed: 2)
  }

  func update(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    parameters.withUnsafeMutableBufferPointer { body($0) }
    layer.pack(parameters, into: &packed)
  }

  func parallel(threads: Int) throws -> DataParallelGradients {
    try DataParallelGradients(
      threads: threads, shards: rowsOfShards.count, count: layout.count
    ) { shard, gradients in self.work(shard, gradients) }
  }

  private func work(_ shard: Int, _ gradients: UnsafeMutableBufferPointer<Float>) -> LossSum {
    guard let gradients = gradients.baseAddress else { return LossSum() }
    let rows = rowsOfShards[shard]
    let first = rowsOfShards[..<shard].reduce(0, +)
    let hidden = layer.hiddenSize
    let plane = rows * hidden
    var inputs: [Float] = []
    for t in 0..<Self.steps {
      for row in first..<first + rows { inputs.append(x[row * Self.steps + t]) }
    }
    var h = [Float](repeating: 0, count: (Self.steps + 1) * plane)
    var c = h
    var gates = [Float](repeating: 0, count: 4 * Self.steps * plane)
    lstmForward(
      layer, packed: packed, steps: Self.steps, batch: rows, x: inputs, h: &h, c: &c,
      gates: &gates)
    var dh = [Float](repeating: 0, count: Self.steps * plane)
    var loss = LossSum()
    for row in 0..<rows {
      let target = x[((first + row) * Self.steps)..<((first + row + 1) * Self.steps)].reduce(0, +)
      let error = h[Self.steps * plane + row * hidden] - target / Float(Self.steps)
      loss += LossSum(sum: Double(error * error), count: 1)
      dh[(Self.steps - 1) * plane + row * hidden] = 2 * error
    }
    var dc = [Float](repeating: 0, count: plane)
    var dh0 = dc
    lstmBackward(
      layer, packed: packed, steps: Self.steps, batch: rows, x: inputs, h: h, c: c, gates: &gates,
      dh: &dh, dc: &dc, dh0: &dh0, dx: nil, dParameters: gradients)
    return loss
  }
}

// Safety: parameters change only between runs; a run's tasks only read.
extension RegressionShards: @unchecked Sendable {}
