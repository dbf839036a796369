package import NeuralNetwork
import Numerics

/// A stateful LSTM with a head that corrects a gated mixture of base forecasts, at all quantiles of
/// all steps at once; `ModelArchitecture` has what can be chosen instead.
///
///     h  = LSTM(inputs)                        carried from step to step
///     u  = silu(W₁ [h, context] + b₁)          head.input
///     v  = u + silu(W₂ u + b₂)                 head.hidden
///     g  = softmax(W₄ v + b₄)                  head.gate
///     output[n, q] = Σₖ gₖ · base[k, n] + (W₃ v + b₃)[n, q]     head.output
///
/// A value: copies share the weights until one of them changes. It knows nothing of series.
package struct ForecastNetwork: Sendable {
  package let shape: ForecastNetworkShape
  package let layout: ParameterLayout
  let parts: ForecastNetworkParts
  private var weights: ForecastWeights

  /// A network with fresh weights, the same ones for the same seed.
  ///
  /// - Parameter gateBias: the gate's preference among the base forecasts at the start, [K]; empty
  ///   means none.
  package init(shape: ForecastNetworkShape, seed: UInt64, gateBias: [Float] = []) {
    self.init(shape: shape)
    precondition(gateBias.isEmpty || gateBias.count == shape.baseCount)
    let parts = parts
    updateWeights { parameters, statistics in
      parts.initialize(
        parameters, statistics: statistics, shape: shape, seed: seed, gateBias: gateBias)
    }
  }

  /// A network with the given weights.
  ///
  /// - Shape: parameters [layout.count]
  package init(shape: ForecastNetworkShape, parameters: UnsafeBufferPointer<Float>) {
    self.init(shape: shape)
    precondition(parameters.count == layout.count)
    updateParameters { $0.copy(from: parameters) }
  }

  private init(shape: ForecastNetworkShape) {
    shape.requireValid()
    self.shape = shape
    var layout = ParameterLayout()
    parts = ForecastNetworkParts(shape: shape, layout: &layout)
    self.layout = layout
    weights = ForecastWeights(
      count: layout.count, packedCount: parts.packing.count,
      statisticsCount: parts.statistics.count)
  }

  /// A copy of all weights, in the layout's order.
  package var parameters: [Float] {
    withParameters { Array($0) }
  }

  /// What is learnt beside the weights but not by gradients, in the order of `statisticsLayout`.
  package var statistics: [Float] { Array(weights.statistics.elements) }
  package var statisticsLayout: ParameterLayout { parts.statistics }

  /// 64-bit FNV-1a of the weights, and of the statistics where there are any, 16 hexadecimal
  /// digits.
  package var digest: String {
    if parts.statistics.count == 0 { return withParameters { weightsDigest($0) } }
    return (parameters + statistics).withUnsafeBufferPointer { weightsDigest($0) }
  }

  package func withParameters<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
    try body(weights.parameters.elements)
  }

  /// Changes the weights in place, or in a copy where other networks share them.
  package mutating func updateParameters<R>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> R
  ) rethrows -> R {
    try updateWeights { parameters, _ in try body(parameters) }
  }

  /// The same, with the statistics beside them.
  package mutating func updateWeights<R>(
    _ body: (
      _ parameters: UnsafeMutableBufferPointer<Float>,
      _ statistics: UnsafeMutableBufferPointer<Float>
    ) throws -> R
  ) rethrows -> R {
    if !isKnownUniquelyReferenced(&weights) {
      weights = ForecastWeights(copying: weights)
    }
    let parts = parts
    defer { weights.repack(parts) }
    return try body(weights.parameters.mutable, weights.statistics.mutable)
  }

  /// The packed weights, and the statistics, for one use while the network is alive.
  func withPacked<R>(
    _ body: (_ packed: UnsafePointer<Float>, _ statistics: UnsafePointer<Float>) -> R
  ) -> R {
    withExtendedLifetime(weights) {
      guard let packed = weights.packed.elements.baseAddress,
        let statistics = weights.statistics.elements.baseAddress
      else { preconditionFailure("a FloatBuffer has an address, whatever its count") }
      return body(packed, statistics)
    }
  }
}

/// The weights as PyTorch stores them and once more as the products read them.
final class ForecastWeights {
  fileprivate var parameters: FloatBuffer
  fileprivate var packed: FloatBuffer
  fileprivate var statistics: FloatBuffer

  fileprivate init(count: Int, packedCount: Int, statisticsCount: Int) {
    parameters = FloatBuffer(count: count)
    packed = FloatBuffer(count: packedCount)
    statistics = FloatBuffer(count: statisticsCount)
  }

  fileprivate init(copying other: ForecastWeights) {
    parameters = FloatBuffer(copying: other.parameters.elements)
    packed = FloatBuffer(copying: other.packed.elements)
    statistics = FloatBuffer(copying: other.statistics.elements)
  }

  fileprivate func repack(_ parts: ForecastNetworkParts) {
    guard let source = parameters.elements.baseAddress,
      let target = packed.mutable.baseAddress
    else { preconditionFailure("a FloatBuffer has an address, whatever its count") }
    parts.pack(source, into: target)
  }
}

// Safety: only ForecastNetwork.updateParameters writes, and only while it holds the one reference.
extension ForecastWeights: @unchecked Sendable {}
