/// The sizes that fix a network's parameters.
package struct ForecastNetworkShape: Sendable, Equatable, Codable {
  /// Inputs of a step (I).
  package var inputSize: Int
  /// Hidden units of a layer (H).
  package var hiddenSize: Int
  /// Stacked LSTM layers (L).
  package var layerCount: Int
  /// Features beside the hidden state that the head sees at an origin (C), may be zero.
  package var contextSize: Int
  /// Base forecasts that the gate mixes (K), at least one.
  package var baseCount: Int
  /// Forecast steps (N).
  package var horizon: Int
  /// Levels in (0, 1), strictly ascending (Q).
  package var quantiles: [Float]

  package init(
    inputSize: Int, hiddenSize: Int, layerCount: Int, contextSize: Int, baseCount: Int,
    horizon: Int, quantiles: [Float]
  ) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.contextSize = contextSize
    self.baseCount = baseCount
    self.horizon = horizon
    self.quantiles = quantiles
  }

  /// Floats of one series' hidden state, and as many of its cell state.
  package var stateSize: Int { layerCount * hiddenSize }

  /// Floats of one series' forecast: [N, Q].
  package var outputSize: Int { horizon * quantiles.count }

  var headInputSize: Int { hiddenSize + contextSize }
  var headWidth: Int { 2 * hiddenSize }

  func requireValid() {
    precondition(inputSize >= 1 && hiddenSize >= 1 && layerCount >= 1)
    precondition(contextSize >= 0 && baseCount >= 1 && horizon >= 1 && !quantiles.isEmpty)
    precondition(quantiles.allSatisfy { $0 > 0 && $0 < 1 })
    precondition(zip(quantiles, quantiles.dropFirst()).allSatisfy { $0 < $1 })
  }
}
