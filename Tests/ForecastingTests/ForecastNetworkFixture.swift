import Forecasting
import NeuralNetwork
import Numerics

/// A network and a chunk with random content, and the same in the Float64 reference.
struct ForecastNetworkFixture: ~Copyable {
  var network: ForecastNetwork
  var chunk: ForecastTrainingChunk
  var workspace = ForecastTrainingWorkspace()

  static func shape(
    hidden: Int = 5, layers: Int = 2, context: Int = 2, bases: Int = 2
  ) -> ForecastNetworkShape {
    ForecastNetworkShape(
      inputSize: 3, hiddenSize: hidden, layerCount: layers, contextSize: context,
      baseCount: bases, horizon: 4, quantiles: [0.1, 0.5, 0.9])
  }

  init(
    _ shape: ForecastNetworkShape, steps: Int = 6, batch: Int = 3, positions: [Int] = [1, 4, 5]
  ) {
    network = ForecastNetwork(shape: shape, seed: 1)
    chunk = ForecastTrainingChunk(shape: shape, steps: steps, batch: batch, positions: positions)
    var generator = RandomGenerator(seed: 2)
    func fill(_ buffer: UnsafeMutableBufferPointer<Float>, _ scale: Double) {
      for index in buffer.indices { buffer[index] = Float(generator.normal() * scale) }
    }
    fill(chunk.inputs.mutable, 1)
    fill(chunk.context.mutable, 1)
    fill(chunk.bases.mutable, 1)
    fill(chunk.targets.mutable, 2)
    fill(chunk.initialHidden.mutable, 0.5)
    fill(chunk.initialCell.mutable, 0.5)
    let mask = chunk.mask.mutable
    for index in mask.indices { mask[index] = generator.uniform() < 0.8 ? 1 : 0 }
    // Larger weights than at the start, so that every part of the head has a say.
    network.updateParameters { parameters in
      for index in parameters.indices { parameters[index] += Float(generator.normal() * 0.2) }
    }
  }

  var reference: ForecastNetworkReference {
    func doubles(_ buffer: borrowing FloatBuffer) -> [Double] { buffer.elements.map(Double.init) }
    return ForecastNetworkReference(
      shape: network.shape,
      offsets: Dictionary(
        uniqueKeysWithValues: network.layout.entries.map { ($0.name, $0.offset) }),
      parameters: network.parameters.map(Double.init), inputs: doubles(chunk.inputs),
      context: doubles(chunk.context), bases: doubles(chunk.bases),
      targets: doubles(chunk.targets), mask: doubles(chunk.mask),
      hidden: doubles(chunk.initialHidden), cell: doubles(chunk.initialCell),
      positions: chunk.positions, steps: chunk.steps, batch: chunk.batch)
  }

  mutating func gradients() -> (loss: LossSum, gradients: [Float]) {
    var gradients = [Float](repeating: 0, count: network.layout.count)
    let loss = gradients.withUnsafeMutableBufferPointer {
      network.lossAndGradients(chunk, addingTo: $0, workspace: &workspace)
    }
    return (loss, gradients)
  }
}
