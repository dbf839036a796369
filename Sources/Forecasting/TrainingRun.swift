import NeuralNetwork
import Numerics

/// The weights in training, and what is needed for a step of them.
struct TrainingRun: ~Copyable {
  var network: ForecastNetwork
  var workspace = ForecastTrainingWorkspace()
  var gradients: FloatBuffer
  var statistics = TrainingStatistics()

  init(network: ForecastNetwork) {
    self.network = network
    gradients = FloatBuffer(count: network.layout.count)
  }

  /// One step of the optimizer on a chunk, with the gradients' global norm clipped; a step whose
  /// gradients are not finite is left out.
  ///
  /// - Returns: the chunk's mean loss.
  mutating func step(
    _ chunk: borrowing ForecastTrainingChunk, samples: Int, rate: Double, clipNorm: Double,
    optimizer: inout AdamOptimizer
  ) -> Double {
    gradients.mutable.fill(0)
    let loss = network.lossAndGradients(
      chunk, addingTo: gradients.mutable, workspace: &workspace)
    statistics.steps += 1
    statistics.samples += samples
    if samples > 0 { statistics.losses.append(loss.mean) }
    switch GradientClip(gradients.elements, maximumNorm: clipNorm) {
    case .skip:
      statistics.skipped += 1
    case .apply(let scale, let norm):
      statistics.normSum += norm
      statistics.normMax = max(statistics.normMax, norm)
      if scale < 1 { statistics.clipped += 1 }
      let source = gradients.elements
      let statistics = workspace.statistics.elements
      network.updateWeights {
        optimizer.step(parameters: $0, gradients: source, rate: rate, gradientScale: scale)
        $1.copy(from: statistics)
      }
    }
    return loss.mean
  }
}
