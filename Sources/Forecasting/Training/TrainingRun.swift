import NeuralNetwork
import Numerics

/// The weights in training, and the objects that a training step needs.
struct TrainingRun: ~Copyable {
  var network: ForecastNetwork
  /// Holds the states of the series after the newest chunk.
  var workspace = ForecastTrainingWorkspace()
  var statistics = TrainingStatistics()
  /// Result of the validation of a full training, if there was one.
  var validation: TrainingReport.Validation?
  private let threads: Int
  private var shards: TrainingShards

  init(network: ForecastNetwork, threads: Int) {
    self.network = network
    self.threads = threads
    shards = TrainingShards(
      shape: network.shape, parameters: network.layout.count, batch: 1, threads: 1)
  }

  /// Moves the states of the series over a chunk, without learning.
  mutating func advance(_ chunk: borrowing ForecastTrainingChunk) {
    prepareShards(chunk)
    shards.advance(network, chunk, workspace: &workspace)
  }

  /// Takes one optimizer step on a chunk, with the global norm of the gradients clipped. A step
  /// whose gradients are not finite is skipped.
  ///
  /// - Returns: the chunk's mean loss.
  mutating func step(
    _ chunk: borrowing ForecastTrainingChunk, samples: Int, rate: Double, clipNorm: Double,
    optimizer: inout AdamOptimizer
  ) -> Double {
    prepareShards(chunk)
    let loss = shards.lossAndGradients(network, chunk, workspace: &workspace)
    let gradients = shards.gradients
    statistics.steps += 1
    statistics.samples += samples
    if samples > 0 { statistics.losses.append(loss.mean) }
    switch GradientClip(gradients, maximumNorm: clipNorm) {
    case .skip:
      statistics.skipped += 1
    case .apply(let scale, let norm):
      statistics.normSum += norm
      statistics.normMaximum = max(statistics.normMaximum, norm)
      if scale < 1 { statistics.clipped += 1 }
      let running = workspace.statistics.elements
      network.updateWeights {
        optimizer.step(parameters: $0, gradients: gradients, rate: rate, gradientScale: scale)
        $1.copy(from: running)
      }
    }
    return loss.mean
  }

  private mutating func prepareShards(_ chunk: borrowing ForecastTrainingChunk) {
    if shards.fits(chunk) { return }
    shards = TrainingShards(
      shape: network.shape, parameters: network.layout.count, batch: chunk.batch,
      threads: threads)
  }
}
