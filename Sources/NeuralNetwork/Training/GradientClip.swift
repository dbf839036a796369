import Numerics

/// Whether a step is taken, and by which factor its gradients are clipped.
package enum GradientClip: Sendable, Equatable {
  /// Take the step with the gradients times `scale`; `norm` is that before clipping.
  case apply(scale: Float, norm: Double)
  /// A gradient is NaN or infinite: leave parameters and optimizer as they are, and report it.
  case skip(norm: Double)

  /// Clips to a global norm as `torch.nn.utils.clip_grad_norm_` does, by a factor to hand to the
  /// optimizer instead of a pass over the gradients.
  ///
  /// Gradients of a loss that was multiplied by lossScale (`LossScale`) are divided by it in the
  /// same factor; the norm is that of the loss itself.
  ///
  /// - Source: Pascanu, Mikolov, Bengio (2013), "On the difficulty of training recurrent neural
  ///   networks".
  package init(
    _ gradients: UnsafeBufferPointer<Float>, maximumNorm: Double, lossScale: Double = 1
  ) {
    precondition(maximumNorm > 0 && lossScale > 0)
    let norm = VectorKernels.current.sumOfSquares(gradients).squareRoot() / lossScale
    guard norm.isFinite else {
      self = .skip(norm: norm)
      return
    }
    self = .apply(scale: Float(min(1, maximumNorm / (norm + 1e-6)) / lossScale), norm: norm)
  }

  /// The global norm before clipping.
  package var norm: Double {
    switch self {
    case .apply(_, let norm), .skip(let norm): norm
    }
  }
}

/// Clips each gradient to [−limit, limit], as `torch.nn.utils.clip_grad_value_`; NaN stays NaN.
///
/// - Returns: how many were clipped.
@discardableResult
package func clipByValue(_ gradients: UnsafeMutableBufferPointer<Float>, limit: Float) -> Int {
  precondition(limit > 0)
  var clipped = 0
  for index in gradients.indices {
    let value = gradients[index]
    if value > limit {
      gradients[index] = limit
      clipped += 1
    } else if value < -limit {
      gradients[index] = -limit
      clipped += 1
    }
  }
  return clipped
}
