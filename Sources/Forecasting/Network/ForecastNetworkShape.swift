/// The sizes that fix a network's parameters.
package struct ForecastNetworkShape: Sendable, Equatable, Codable {
  /// Inputs of a step (I).
  package var inputSize: Int
  /// Hidden units of a layer (H).
  package var hiddenSize: Int
  /// Stacked recurrent layers (L).
  package var layerCount: Int
  /// Features beside the hidden state that the head sees at an origin (C), may be zero.
  package var contextSize: Int
  /// Base forecasts that the gate mixes (K), at least one.
  package var baseCount: Int
  /// Forecast steps (N).
  package var horizon: Int
  /// Levels in (0, 1), strictly ascending (Q).
  package var quantiles: [Float]
  package var architecture: ModelArchitecture

  package init(
    inputSize: Int, hiddenSize: Int, layerCount: Int, contextSize: Int, baseCount: Int,
    horizon: Int, quantiles: [Float], architecture: ModelArchitecture = ModelArchitecture()
  ) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.contextSize = contextSize
    self.baseCount = baseCount
    self.horizon = horizon
    self.quantiles = quantiles
    self.architecture = architecture
  }

  /// Floats of one series' hidden state: [L·H], then the states before the newest that attention
  /// pools, oldest first, [A − 1, H].
  package var stateSize: Int { recurrentSize + (pooledStates - 1) * hiddenSize }
  /// Floats of one series' cell state: [L·H], or none.
  package var cellSize: Int { architecture.cell == .lstm ? recurrentSize : 0 }

  /// Floats of one series' forecast: [N, Q].
  package var outputSize: Int { horizon * quantiles.count }

  /// L·H
  var recurrentSize: Int { layerCount * hiddenSize }
  /// States that the head reads as one (A), at least one.
  var pooledStates: Int { max(1, architecture.attention) }
  var hasResidualHead: Bool { architecture.head == .residual }
  var headInputSize: Int { hiddenSize + (hasResidualHead ? contextSize : 0) }
  var headWidth: Int { 2 * hiddenSize }
  /// Outputs of the head for a step (W): its quantiles, or a distribution's parameters.
  var stepWidth: Int {
    switch architecture.loss {
    case .quantile: quantiles.count
    case .studentT: 3
    case .squared: 1
    }
  }
  /// Values that the training's loss counts for a target.
  var valuesPerTarget: Int { architecture.loss == .quantile ? quantiles.count : 1 }
  /// [N, W]
  var headOutputSize: Int { horizon * stepWidth }
  var gateSize: Int { hasResidualHead ? baseCount : 0 }
  /// The last layer's outputs: [N·W + gate].
  var headColumns: Int { headOutputSize + gateSize }

  func requireValid() {
    precondition(inputSize >= 1 && hiddenSize >= 1 && layerCount >= 1)
    precondition(contextSize >= 0 && baseCount >= 1 && horizon >= 1 && !quantiles.isEmpty)
    precondition(quantiles.allSatisfy { $0 > 0 && $0 < 1 })
    precondition(zip(quantiles, quantiles.dropFirst()).allSatisfy { $0 < $1 })
  }
}
