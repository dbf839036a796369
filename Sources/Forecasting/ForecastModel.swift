package import TimeSeries

/// One version of a stream's model, immutable, shared by workers and trainer.
package final class ForecastModel: Sendable {
  package let stream: String
  /// Zero before any training; grows with each adopted model.
  package let version: Int
  /// Event time of the newest target that it was trained on, `.min` before any training.
  package let trainedThrough: Milliseconds
  package let settings: ModelSettings
  package let network: ForecastNetwork
  /// 64-bit FNV-1a of the weights, 16 hexadecimal digits.
  package let digest: String
  let layout: FeatureLayout

  /// - Precondition: the network has the settings' shape.
  package init(
    stream: String, version: Int, trainedThrough: Milliseconds, settings: ModelSettings,
    network: ForecastNetwork
  ) {
    precondition(network.shape == settings.networkShape)
    self.stream = stream
    self.version = version
    self.trainedThrough = trainedThrough
    self.settings = settings
    self.network = network
    digest = network.digest
    layout = FeatureLayout(settings)
  }

  /// Version 0: a mix of seasonal and last values with intervals in units of the series' spread.
  package static func untrained(
    stream: String, settings: ModelSettings, seed: UInt64
  ) -> ForecastModel {
    let layout = FeatureLayout(settings)
    return ForecastModel(
      stream: stream, version: 0, trainedThrough: .min, settings: settings,
      network: ForecastNetwork(
        shape: settings.networkShape, seed: seed, gateBias: layout.gateBias))
  }
}

extension ModelSettings {
  /// The network that these settings ask for.
  package var networkShape: ForecastNetworkShape {
    let layout = FeatureLayout(self)
    return ForecastNetworkShape(
      inputSize: FeatureLayout.inputSize, hiddenSize: hiddenSize, layerCount: layerCount,
      contextSize: layout.contextSize, baseCount: layout.baseCount, horizon: horizon,
      quantiles: quantiles.map { Float($0) })
  }
}
