import Forecasting
import Glibc
import NeuralNetwork
import Numerics
import Testing

@Suite struct ForecastNetworkInferenceTests {
  static let shape = ForecastNetworkShape(
    inputSize: 3, hiddenSize: 21, layerCount: 2, contextSize: 6, baseCount: 3, horizon: 5,
    quantiles: [0.05, 0.5, 0.95])

  /// States and forecast of rows after two steps.
  struct Result: Equatable {
    var hidden: [Float]
    var cell: [Float]
    var output: [Float]

    func row(_ index: Int, of batch: Int) -> [UInt32] {
      [hidden, cell, output].flatMap { values in
        let size = values.count / batch
        return values[(index * size)..<((index + 1) * size)].map(\.bitPattern)
      }
    }
  }

  static func run(_ network: ForecastNetwork, rows: [Int]) -> Result {
    let shape = network.shape
    var workspace = ForecastInferenceWorkspace(shape: shape)
    var hidden = gather(rows, width: shape.stateSize, seed: 1)
    var cell = gather(rows, width: shape.cellSize, seed: 2)
    var output = [Float](repeating: 7, count: rows.count * shape.outputSize)
    hidden.withUnsafeMutableBufferPointer { hidden in
      cell.withUnsafeMutableBufferPointer { cell in
        for step in 0..<2 {
          gather(rows, width: shape.inputSize, seed: UInt64(10 + step)).withUnsafeBufferPointer {
            network.step(
              inputs: $0, hidden: hidden, cell: cell, batch: rows.count, workspace: &workspace)
          }
        }
      }
    }
    let context = gather(rows, width: shape.contextSize, seed: 3)
    let bases = gather(rows, width: shape.baseCount * shape.horizon, seed: 4)
    hidden.withUnsafeBufferPointer { hidden in
      context.withUnsafeBufferPointer { context in
        bases.withUnsafeBufferPointer { bases in
          output.withUnsafeMutableBufferPointer {
            network.forecast(
              hidden: hidden, context: context, bases: bases, output: $0, batch: rows.count,
              workspace: &workspace)
          }
        }
      }
    }
    return Result(hidden: hidden, cell: cell, output: output)
  }

  /// Row r of the result depends on r and the seed alone.
  static func gather(_ rows: [Int], width: Int, seed: UInt64) -> [Float] {
    rows.flatMap { row in
      var generator = RandomGenerator(seed: seed &* 1000 &+ UInt64(row))
      return (0..<width).map { _ in Float(generator.normal()) }
    }
  }

  @Test("a series' state and forecast are the same bits in every batch of 1 to 70 and any place")
  func batchInvariance() {
    let network = ForecastNetwork(shape: Self.shape, seed: 1)
    let alone = (0..<70).map { Self.run(network, rows: [$0]).row(0, of: 1) }
    for batch in 1...70 {
      for rows in [Array(0..<batch), Array((70 - batch)..<70).reversed()] {
        let result = Self.run(network, rows: rows)
        for (place, row) in rows.enumerated() {
          #expect(result.row(place, of: batch) == alone[row], "batch \(batch) place \(place)")
        }
      }
    }
  }

  @Test("a large batch goes through in blocks with the same bits")
  func largeBatch() {
    let network = ForecastNetwork(shape: Self.shape, seed: 1)
    let batch = 301
    let result = Self.run(network, rows: Array(0..<batch))
    for row in [0, 63, 64, 127, 128, 255, 256, 300] {
      #expect(result.row(row, of: batch) == Self.run(network, rows: [row]).row(0, of: 1))
    }
  }

  @Test("steps and forecast give bit for bit the states and the loss that training sees")
  func trainingAgrees() {
    let shape = ForecastNetworkFixture.shape(hidden: 7)
    var fixture = ForecastNetworkFixture(shape, steps: 4, batch: 5, positions: [3])
    fixture.chunk.mask.mutable.fill(1)
    // Weights whose quantiles do not cross, because inference sorts them.
    fixture.network = ForecastNetwork(shape: shape, seed: 3)
    let loss = fixture.network.loss(fixture.chunk, workspace: &fixture.workspace)
    var hidden = FloatBuffer(copying: fixture.chunk.initialHidden.elements)
    var cell = FloatBuffer(copying: fixture.chunk.initialCell.elements)
    var output = FloatBuffer(count: 5 * shape.outputSize)
    var workspace = ForecastInferenceWorkspace(shape: shape)
    for t in 0..<4 {
      let inputs = fixture.chunk.inputs.elements[(t * 15)..<((t + 1) * 15)]
      fixture.network.step(
        inputs: UnsafeBufferPointer(rebasing: inputs), hidden: hidden.mutable,
        cell: cell.mutable, batch: 5, workspace: &workspace)
    }
    #expect(
      hidden.elements.elementsEqual(fixture.workspace.finalHidden.elements)
        && cell.elements.elementsEqual(fixture.workspace.finalCell.elements))
    fixture.network.forecast(
      hidden: hidden.elements, context: fixture.chunk.context.elements,
      bases: fixture.chunk.bases.elements, output: output.mutable, batch: 5,
      workspace: &workspace)
    let same = shape.quantiles.withUnsafeBufferPointer { quantiles -> LossSum? in
      guard let predictions = output.elements.baseAddress,
        let targets = fixture.chunk.targets.elements.baseAddress,
        let mask = fixture.chunk.mask.elements.baseAddress
      else { return nil }
      return pinballLoss(
        rows: 5, steps: shape.horizon, quantiles: quantiles, predictions: predictions,
        predictionsStride: shape.outputSize, targets: targets, mask: mask, dPredictions: nil,
        dStride: 0, gradientScale: 0)
    }
    #expect(same == loss)
  }

  @Test("forecasts are the Float64 reference's, sorted")
  func reference() {
    let shape = ForecastNetworkFixture.shape(hidden: 7)
    let fixture = ForecastNetworkFixture(shape, steps: 1, batch: 5, positions: [0])
    var hidden = FloatBuffer(copying: fixture.chunk.initialHidden.elements)
    var cell = FloatBuffer(copying: fixture.chunk.initialCell.elements)
    var output = FloatBuffer(count: 5 * shape.outputSize)
    var workspace = ForecastInferenceWorkspace(shape: shape)
    fixture.network.step(
      inputs: fixture.chunk.inputs.elements, hidden: hidden.mutable, cell: cell.mutable, batch: 5,
      workspace: &workspace)
    fixture.network.forecast(
      hidden: hidden.elements, context: fixture.chunk.context.elements,
      bases: fixture.chunk.bases.elements, output: output.mutable, batch: 5,
      workspace: &workspace)
    let exact = fixture.reference.run().predictions
    for step in 0..<(5 * shape.horizon) {
      let expected = exact[(step * 3)..<(step * 3 + 3)].sorted()
      for q in 0..<3 { #expect(abs(Double(output[step * 3 + q]) - expected[q]) < 1e-5) }
    }
    // The fixture's weights do cross, so sorting was needed.
    #expect((0..<(5 * shape.horizon)).contains { exact[$0 * 3] > exact[$0 * 3 + 1] })
  }

  @Test("a NaN input makes its own series NaN and no other")
  func notANumber() {
    let network = ForecastNetwork(shape: Self.shape, seed: 1)
    var workspace = ForecastInferenceWorkspace(shape: Self.shape)
    let batch = 20
    var hidden = FloatBuffer(count: batch * Self.shape.stateSize)
    var cell = FloatBuffer(count: batch * Self.shape.stateSize)
    var inputs = FloatBuffer(count: batch * 3)
    inputs[7 * 3 + 1] = .nan
    network.step(
      inputs: inputs.elements, hidden: hidden.mutable, cell: cell.mutable, batch: batch,
      workspace: &workspace)
    for index in 0..<hidden.count {
      #expect(hidden[index].isNaN == (index / Self.shape.stateSize == 7))
      #expect(cell[index].isNaN == (index / Self.shape.stateSize == 7))
    }
  }

  @Test("an untrained network forecasts its bases with a spread that grows with the step")
  func untrained() {
    let network = ForecastNetwork(
      shape: Self.shape, seed: 9, gateBias: [20, 0, 0])
    let result = Self.run(network, rows: Array(0..<50))
    let bases = Self.gather(Array(0..<50), width: 15, seed: 4)
    // Half of the interval between the outermost levels, on average and as it should be.
    var widths = [Float](repeating: 0, count: 5)
    var wanted = widths
    for row in 0..<50 {
      for n in 0..<5 {
        let levels = result.output[(row * 15 + n * 3)..<(row * 15 + n * 3 + 3)].map { $0 }
        let base = bases[row * 15 + n]
        let spread = 1.645 * (0.35 + 0.15 * Float(n).squareRoot())
        for (level, expected) in zip(levels, [base - spread, base, base + spread]) {
          #expect(abs(level - expected) < 0.35)
        }
        widths[n] += (levels[2] - levels[0]) / 2 / 50
        wanted[n] = spread
      }
    }
    for (width, wanted) in zip(widths, wanted) { #expect(abs(width - wanted) < 0.03) }
  }

  @Test("weights have PyTorch's names, survive a file, and copies do not share changes")
  func weights() throws {
    var network = ForecastNetwork(shape: Self.shape, seed: 1)
    #expect(
      network.layout.entries.suffix(8).map { "\($0.name) \($0.shape)" } == [
        "head.input.weight [42, 27]", "head.input.bias [42]",
        "head.hidden.weight [42, 42]", "head.hidden.bias [42]",
        "head.output.weight [15, 42]", "head.gate.weight [3, 42]",
        "head.output.bias [15]", "head.gate.bias [3]",
      ])
    let file = try SafetensorsReader(
      network.withParameters { network.layout.encodeSafetensors($0) })
    let loaded = try network.layout.decodeParameters(file).withUnsafeBufferPointer {
      ForecastNetwork(shape: Self.shape, parameters: $0)
    }
    #expect(loaded.digest == network.digest)
    #expect(Self.run(loaded, rows: [1, 2]) == Self.run(network, rows: [1, 2]))
    let copy = network
    network.updateParameters { $0[0] += 1 }
    #expect(copy.digest == loaded.digest && network.digest != loaded.digest)
    #expect(Self.run(copy, rows: [1]) == Self.run(loaded, rows: [1]))
    #expect(Self.run(copy, rows: [1]) != Self.run(network, rows: [1]))
    #expect(ForecastNetwork(shape: Self.shape, seed: 1).digest == copy.digest)
    #expect(ForecastNetwork(shape: Self.shape, seed: 2).digest != copy.digest)
  }
}

func sine(_ x: Double) -> Double { sin(x) }
