import Numerics

/// Adam, or AdamW, with the moments it carries from step to step.
///
/// - Source: Kingma and Ba (2015); Loshchilov and Hutter (2019) for decoupled decay. As PyTorch's
///   `torch.optim.Adam` and `AdamW`.
package struct AdamOptimizer: ~Copyable, Sendable {
  package enum WeightDecay: Sendable, Equatable {
    /// Added to the gradient: Adam with L2.
    case l2(Double)
    /// Shrinks the parameters apart from the gradient: AdamW.
    case decoupled(Double)
  }

  package let weightDecay: WeightDecay
  package let beta1: Double
  package let beta2: Double
  package let epsilon: Double
  /// Steps taken.
  package private(set) var steps = 0
  private var moment1: FloatBuffer
  private var moment2: FloatBuffer

  package init(
    count: Int, weightDecay: WeightDecay = .l2(0), beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8
  ) {
    precondition(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0)
    self.weightDecay = weightDecay
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    moment1 = FloatBuffer(count: count)
    moment2 = FloatBuffer(count: count)
  }

  /// Moves the parameters against the gradients, each multiplied by gradientScale first.
  ///
  /// - Precondition: both have the optimizer's count; the gradients are finite (`GradientClip`).
  package mutating func step(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    rate: Double, gradientScale: Float = 1
  ) {
    precondition(parameters.count == moment1.count && gradients.count == moment1.count)
    guard let parameters = parameters.baseAddress, let gradients = gradients.baseAddress,
      let first = moment1.mutable.baseAddress, let second = moment2.mutable.baseAddress
    else { return }
    steps += 1
    var constants = AdamConstants(
      rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, step: steps)
    constants.gradientScale = gradientScale
    switch weightDecay {
    case .l2(let decay): constants.l2 = Float(decay)
    case .decoupled(let decay): constants.shrink = Float(1 - rate * decay)
    }
    VectorKernels.current.adam(
      constants, gradients: gradients, parameters: parameters, moment1: first, moment2: second,
      count: moment1.count)
  }
}
