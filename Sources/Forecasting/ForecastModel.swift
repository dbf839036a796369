import Glibc
import NeuralNetwork
package import TimeSeries

/// One version of a stream's model, immutable, shared by workers and trainer.
package final class ForecastModel: Sendable {
  package let stream: String
  /// Zero before any training; grows with each adopted model.
  package let version: Int
  /// Event time of the newest target that it was trained on, `.min` before any training.
  package let trainedThrough: Milliseconds
  /// Series-steps that its newest full training could draw from.
  package let fullTrainingSteps: Int
  package let settings: ModelSettings
  package let network: ForecastNetwork
  /// 64-bit FNV-1a of the weights, 16 hexadecimal digits.
  package let digest: String
  let layout: FeatureLayout

  /// - Precondition: the network has the settings' shape.
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

  /// Version 0: a mix of seasonal and last values with intervals in units of the series' spread.
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

  /// Intervals of a logistic distribution about the mix of bases: as wide as errors of a seasonal
  /// forecast are, or growing with the root of the step where there is no season, as a walk's.
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
