/// The name under which the trainer knows its optimizer.
package typealias AdamOptimizer = Optimizer

extension Optimizer {
  package enum WeightDecay: Sendable, Equatable {
    /// Added to the gradient: Adam with L2.
    case l2(Double)
    /// Shrinks the parameters apart from the gradient: AdamW.
    case decoupled(Double)
  }

  /// Adam or AdamW, by the kind of weight decay.
  ///
  /// - Source: Kingma and Ba (2015); Loshchilov and Hutter (2019) for decoupled decay.
  package init(count: Int, weightDecay: WeightDecay = .l2(0), epsilon: Double = 1e-8) {
    switch weightDecay {
    case .l2(let decay):
      self.init(count: count, rule: .adam(epsilon: epsilon, weightDecay: decay))
    case .decoupled(let decay):
      self.init(count: count, rule: .adamW(epsilon: epsilon, weightDecay: decay))
    }
  }
}
