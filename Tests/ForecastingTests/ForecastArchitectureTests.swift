import Forecasting
import NeuralNetwork
import Numerics
import Testing
import TimeSeries

@Suite struct ForecastArchitectureTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let architecture: ModelArchitecture
    var testDescription: String { name }

    init(_ name: String, _ change: (inout ModelArchitecture) -> Void) {
      self.name = name
      var architecture = ModelArchitecture()
      // Smooth, so that differences of the loss are its slope.
      architecture.loss = .squared
      change(&architecture)
      self.architecture = architecture
    }

    var shape: ForecastNetworkShape {
      var shape = ForecastNetworkFixture.shape()
      shape.architecture = architecture
      return shape
    }
  }

  static let cases = [
    Case("LSTM, squared error") { _ in },
    Case("GRU") { $0.cell = .gru },
    Case("dropout") { $0.dropout = 0.3 },
    Case("layer normalisation") { $0.normalization = .layer },
    Case("batch normalisation") { $0.normalization = .batch },
    Case("attention over states from before the chunk") { $0.attention = 5 },
    Case("linear head") { $0.head = .linear },
    Case("Student-t") { $0.loss = .studentT },
    Case("quantiles of a linear head on attention") {
      ($0.loss, $0.head, $0.attention) = (.quantile, .linear, 2)
    },
    Case("everything at once") {
      ($0.cell, $0.dropout, $0.normalization, $0.attention, $0.loss) =
        (.gru, 0.2, .batch, 3, .studentT)
    },
  ]

  @Test("the loss's slope along each parameter is its gradient", arguments: cases)
  func gradients(_ size: Case) {
    var fixture = ForecastNetworkFixture(size.shape)
    fixture.chunk.dropoutSeed = 5
    let gradients = fixture.gradients().gradients
    let parameters = fixture.network.parameters
    var generator = RandomGenerator(seed: 9)
    for entry in fixture.network.layout.entries {
      let direction = entry.range.map { _ in generator.normal() }
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      func loss(_ distance: Double) -> Double {
        fixture.network.updateParameters { target in
          for (index, place) in entry.range.enumerated() {
            target[place] = parameters[place] + Float(distance * direction[index] / length)
          }
        }
        return fixture.gradients().loss.mean
      }
      let difference = (loss(5e-3) - loss(-5e-3)) / 1e-2
      _ = loss(0)
      let slope = entry.range.enumerated().reduce(0.0) {
        $0 + Double(gradients[$1.element]) * direction[$1.offset] / length
      }
      let tolerance = size.architecture.loss == .quantile ? 5e-3 : 5e-4
      #expect(
        abs(difference - slope) < 1e-2 * abs(slope) + tolerance,
        "\(entry.name): \(difference) is not \(slope)")
    }
  }

  @Test("single steps and a forecast are what the chunk computes", arguments: cases)
  func streaming(_ size: Case) {
    let (steps, batch) = (6, 3)
    let shape = size.shape
    var fixture = ForecastNetworkFixture(shape, steps: steps, batch: batch, positions: [steps - 1])
    // Running statistics that are not the initial ones.
    _ = fixture.gradients()
    let statistics = Array(fixture.workspace.statistics.elements)
    fixture.network.updateWeights { _, target in
      for index in target.indices { target[index] = statistics[index] }
    }
    let loss = fixture.network.loss(fixture.chunk, workspace: &fixture.workspace)
    var workspace = ForecastInferenceWorkspace(shape: shape)
    var hidden = Array(fixture.chunk.initialHidden.elements)
    var cell = Array(fixture.chunk.initialCell.elements)
    var output = [Float](repeating: .nan, count: batch * shape.outputSize)
    hidden.withUnsafeMutableBufferPointer { hidden in
      cell.withUnsafeMutableBufferPointer { cell in
        let width = batch * shape.inputSize
        for step in 0..<steps {
          fixture.network.step(
            inputs: UnsafeBufferPointer(
              rebasing: fixture.chunk.inputs.elements[(step * width)..<((step + 1) * width)]),
            hidden: hidden, cell: cell, batch: batch, workspace: &workspace)
        }
        output.withUnsafeMutableBufferPointer {
          fixture.network.forecast(
            hidden: UnsafeBufferPointer(hidden), context: fixture.chunk.context.elements,
            bases: fixture.chunk.bases.elements, output: $0, batch: batch, workspace: &workspace)
        }
      }
    }
    #expect(hidden == Array(fixture.workspace.finalHidden.elements))
    #expect(cell == Array(fixture.workspace.finalCell.elements))
    var sum = 0.0
    for place in 0..<(batch * shape.horizon) where fixture.chunk.mask[place] != 0 {
      for (q, level) in shape.quantiles.enumerated() {
        let error = Double(fixture.chunk.targets[place] - output[place * shape.quantiles.count + q])
        sum += max(Double(level) * error, (Double(level) - 1) * error)
      }
    }
    // Quantiles that cross are sorted for the forecast only, which never raises the loss.
    #expect(sum <= loss.sum + 1e-5 * abs(loss.sum))
    if size.architecture.loss != .quantile { #expect(abs(sum - loss.sum) < 1e-5 * loss.sum) }
  }

  @Test("a series' state and forecast are the same bits in every batch", arguments: cases)
  func batchInvariance(_ size: Case) {
    let network = ForecastNetwork(shape: size.shape, seed: 1)
    let alone = (0..<9).map { ForecastNetworkInferenceTests.run(network, rows: [$0]).row(0, of: 1) }
    for batch in 1...9 {
      let result = ForecastNetworkInferenceTests.run(network, rows: Array(0..<batch))
      for row in 0..<batch { #expect(result.row(row, of: batch) == alone[row]) }
    }
  }

  @Test("dropout is left out where the model is used")
  func dropoutInUse() {
    var shape = ForecastNetworkFixture.shape()
    var plain = ForecastNetworkFixture(shape)
    shape.architecture.dropout = 0.5
    var fixture = ForecastNetworkFixture(shape)
    fixture.chunk.dropoutSeed = 1
    let used = fixture.network.loss(fixture.chunk, workspace: &fixture.workspace)
    #expect(used == plain.network.loss(plain.chunk, workspace: &plain.workspace))
    let trained = fixture.gradients().loss
    #expect(trained != used)
    fixture.chunk.dropoutSeed = 2
    #expect(fixture.gradients().loss != trained)
  }

  @Test("a fixed window's forecast is that of a carried state warmed up over the window")
  func fixedWindow() {
    var settings = ModelSettings.small(hiddenSize: 8)
    settings.architecture.attention = 3
    let carried = ForecastModel.untrained(stream: "s", settings: settings, seed: 3)
    settings.architecture.fixedWindow = 20
    let windowed = ForecastModel(
      stream: "s", version: 0, trainedThrough: .min, fullTrainingSteps: 0, settings: settings,
      network: carried.network.withParameters {
        ForecastNetwork(shape: settings.networkShape, parameters: $0)
      })
    let series = Synthetic.seasonal(count: 3, steps: 150, seed: 4)
    var batches: [ForecastBatch] = []
    for model in [carried, windowed] {
      var stream = SeriesStream(count: 3, model: model)
      var workspace = ForecastingWorkspace(settings: model.settings)
      stream.feed(series, steps: 0..<150, workspace: &workspace)
      if model === carried {
        stream.states.rewarm(rows: 0..<3, model: model, workspace: &workspace, steps: 20)
      }
      batches.append(stream.forecast(&workspace))
    }
    #expect(batches[0].values == batches[1].values)
  }

  @Test("a model file keeps every alternative and the statistics", arguments: cases)
  func roundTrip(_ size: Case) throws {
    var settings = ModelSettings.small(hiddenSize: 8)
    settings.architecture = size.architecture
    settings.architecture.fixedWindow = 12
    let model = ForecastModel.untrained(stream: "s", settings: settings, seed: 3)
    let copy = try ForecastModel(encoded: model.encoded())
    #expect(copy.settings == settings && copy.digest == model.digest)
    #expect(copy.network.statistics == model.network.statistics)
    #expect(copy.encoded() == model.encoded())
  }
}
