import Numerics

/// What the global norm of the gradients says about the step.
package enum GradientClip: Sendable, Equatable {
  /// Take the step with the gradients times `scale`; `norm` is that before clipping.
  case apply(scale: Float, norm: Double)
  /// A gradient is NaN or infinite: leave parameters and optimizer as they are, and report it.
  case skip(norm: Double)

  /// Clips to a global norm as `torch.nn.utils.clip_grad_norm_` does, by a factor to hand to the
  /// optimizer instead of a pass over the gradients.
  ///
  /// - Source: Pascanu, Mikolov, Bengio (2013), "On the difficulty of training recurrent neural
  ///   networks".
  package init(_ gradients: UnsafeBufferPointer<Float>, maximumNorm: Double) {
    precondition(maximumNorm > 0)
    let norm = VectorKernels.current.sumOfSquares(gradients).squareRoot()
    guard norm.isFinite else {
      self = .skip(norm: norm)
      return
    }
    self = .apply(scale: Float(min(1, maximumNorm / (norm + 1e-6))), norm: norm)
  }

  /// The global norm before clipping.
  package var norm: Double {
    switch self {
    case .apply(_, let norm), .skip(let norm): norm
    }
  }
}
