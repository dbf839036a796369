import Numerics

/// Moves parameters against their gradients by one of PyTorch's rules, with what it carries from
/// step to step.
///
/// - Source: `torch.optim`'s `SGD`, `Adam` and `AdamW`, single-tensor form.
package struct Optimizer: ~Copyable, Sendable {
  package enum Rule: Sendable, Equatable {
    /// `weightDecay` is added to the gradient (L2), as everywhere but in `adamW`.
    case sgd(
      momentum: Double = 0, dampening: Double = 0, nesterov: Bool = false, weightDecay: Double = 0)
    case adam(
      beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0)
    /// `weightDecay` shrinks the parameters apart from the gradient.
    case adamW(
      beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
      weightDecay: Double = 0.01)
  }

  package let rule: Rule
  /// Parameters.
  package let count: Int
  /// Steps taken.
  package internal(set) var steps = 0
  /// The momentum buffer of SGD (empty without momentum), or Adam's first moment.
  var moment1: FloatBuffer
  /// Adam's second moment; empty with SGD.
  var moment2: FloatBuffer

  /// - Precondition: rates of decay in [0, 1), dampening in [0, 1], the others not negative, ε
  ///   above zero, Nesterov only with momentum and without dampening (PyTorch's own conditions).
  package init(count: Int, rule: Rule) {
    precondition(rule.isValid, "\(rule)")
    self.rule = rule
    self.count = count
    let names = rule.momentNames.count
    moment1 = FloatBuffer(count: names >= 1 ? count : 0)
    moment2 = FloatBuffer(count: names >= 2 ? count : 0)
  }

  /// One step, with each gradient multiplied by gradientScale first (`GradientClip` gives it).
  ///
  /// - Precondition: both buffers have the optimizer's count; the gradients are finite.
  /// - Complexity: one pass, no allocation.
  package mutating func step(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    rate: Double, gradientScale: Float = 1
  ) {
    precondition(parameters.count == count && gradients.count == count)
    guard let parameters = parameters.baseAddress, let gradients = gradients.baseAddress,
      let first = moment1.mutable.baseAddress, let second = moment2.mutable.baseAddress
    else { return }
    steps += 1
    switch rule {
    case .sgd(let momentum, let dampening, let nesterov, let weightDecay):
      let constants = SGDConstants(
        rate: rate, momentum: momentum, dampening: dampening, nesterov: nesterov,
        weightDecay: weightDecay, gradientScale: gradientScale, isFirst: steps == 1)
      sgdStep(
        constants, gradients: gradients, parameters: parameters, momentumBuffer: first,
        count: count)
    case .adam(let beta1, let beta2, let epsilon, let weightDecay):
      var constants = AdamConstants(
        rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, step: steps)
      constants.gradientScale = gradientScale
      constants.l2 = Float(weightDecay)
      VectorKernels.current.adam(
        constants, gradients: gradients, parameters: parameters, moment1: first, moment2: second,
        count: count)
    case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
      var constants = AdamConstants(
        rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, step: steps)
      constants.gradientScale = gradientScale
      constants.shrink = Float(1 - rate * weightDecay)
      VectorKernels.current.adam(
        constants, gradients: gradients, parameters: parameters, moment1: first, moment2: second,
        count: count)
    }
  }
}

extension Optimizer.Rule {
  /// PyTorch's names of what the rule carries for each parameter.
  package var momentNames: [String] {
    switch self {
    case .sgd(let momentum, _, _, _): momentum == 0 ? [] : ["momentum_buffer"]
    case .adam, .adamW: ["exp_avg", "exp_avg_sq"]
    }
  }

  var isValid: Bool {
    switch self {
    case .sgd(let momentum, let dampening, let nesterov, let weightDecay):
      momentum >= 0 && momentum < 1 && dampening >= 0 && dampening <= 1 && weightDecay >= 0
        && (!nesterov || (momentum > 0 && dampening == 0))
    case .adam(let beta1, let beta2, let epsilon, let weightDecay),
      .adamW(let beta1, let beta2, let epsilon, let weightDecay):
      beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0 && weightDecay >= 0
    }
  }
}
