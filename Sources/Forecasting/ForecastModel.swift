import Glibc
import NeuralNetwork
package import TimeSeries

/// One version of the model of a stream. It is immutable and shared by workers and trainer.
package final class ForecastModel: Sendable {
  package let stream: String
  /// Zero before any training; each adopted model has a higher one.
  package let version: Int
  /// Event time of the newest target that the model was trained on; `.min` before any training.
  package let trainedThrough: Milliseconds
  /// Number of series-steps that were available to its newest full training.
  package let fullTrainingSteps: Int
  package let settings: ModelSettings
  package let network: ForecastNetwork
  /// Digest of the weights: 64-bit FNV-1a as 16 hexadecimal digits.
  package let digest: String
  let layout: FeatureLayout

  /// - Precondition: the network has the shape of the settings.
  package init(
    stream: String, version: Int, trainedThrough: Milliseconds, fullTrainingSteps: Int,
    settings: ModelSettings, network: ForecastNetwork
  ) {
    precondition(network.shape == settings.networkShape)
    self.stream = stream
    self.version = version
    self.trainedThrough = trainedThrough
    self.fullTrainingSteps = fullTrainingSteps
    self.settings = settings
    self.network = network
    digest = network.digest
    layout = FeatureLayout(settings)
  }

  /// The untrained model, version 0. It forecasts a mix of seasonal and last values, with intervals
  /// in units of the spread of the series.
  package static func untrained(
    stream: String, settings: ModelSettings, seed: UInt64
  ) -> ForecastModel {
    var network = ForecastNetwork(
      shape: settings.networkShape, seed: seed, gateBias: FeatureLayout(settings).gateBias)
    setUntrainedIntervals(&network, settings: settings)
    return ForecastModel(
      stream: stream, version: 0, trainedThrough: .min, fullTrainingSteps: 0, settings: settings,
      network: network)
  }

  /// Sets the intervals to those of a logistic distribution around the mix of bases. They are as
  /// wide as the errors of a seasonal forecast. If there is no season, they grow with the root of
  /// the step, like those of a random walk.
  private static func setUntrainedIntervals(
    _ network: inout ForecastNetwork, settings: ModelSettings
  ) {
    let levels = settings.quantiles.map { log($0 / (1 - $0)) * 3.0.squareRoot() / Double.pi }
    let (parts, shape) = (network.parts, network.shape)
    network.updateWeights { parameters, statistics in
      for step in 0..<settings.horizon {
        let spread =
          settings.seasons.isEmpty ? min(3, 1.25 * Double(step + 1).squareRoot()) : 1.25
        parts.setSpread(
          spread, step: step, parameters, statistics, shape: shape, levels: levels)
      }
    }
  }
}

extension ModelSettings {
  /// The network that these settings ask for.
  package var networkShape: ForecastNetworkShape {
    let layout = FeatureLayout(self)
    return ForecastNetworkShape(
      inputSize: FeatureLayout.inputSize, hiddenSize: hiddenSize, layerCount: layerCount,
      contextSize: layout.contextSize, baseCount: layout.baseCount, horizon: horizon,
      quantiles: quantiles.map { Float($0) }, architecture: architecture)
  }
}
