import Numerics

/// Gradients of several small minibatches added up to those of one large one.
///
/// Backward passes add to their gradients, so the sum needs no buffer beside them: this is the
/// buffer, what the losses counted, and when it is time for a step.
///
///     repeat {
///       accumulator.add(loss: lossAndGradients(…, gradientScale: 1, into: accumulator.gradients))
///     } while !accumulator.isDue
///     optimizer.step(…, gradients: accumulator.gradients, gradientScale: accumulator.meanScale)
///     accumulator.reset()
package struct GradientAccumulator: ~Copyable, Sendable {
  /// Minibatches of a step.
  package let minibatches: Int
  /// Minibatches added since the last step.
  package private(set) var added = 0
  /// The loss over them.
  package private(set) var loss = LossSum()
  private var buffer: FloatBuffer

  /// - Precondition: minibatches ≥ 1
  package init(count: Int, minibatches: Int) {
    precondition(minibatches >= 1)
    self.minibatches = minibatches
    buffer = FloatBuffer(count: count)
  }

  /// Where backward passes add the gradient of the loss's sum (gradientScale 1).
  package var gradients: UnsafeMutableBufferPointer<Float> {
    mutating get { buffer.mutable }
  }

  package mutating func add(loss minibatch: LossSum) {
    loss += minibatch
    added += 1
  }

  package var isDue: Bool { added >= minibatches }

  /// Turns the gradient of the sum into that of the mean over everything counted: for the
  /// optimizer's gradientScale. A mean of the minibatches' means would weigh masked ones too much.
  package var meanScale: Float { loss.count == 0 ? 0 : Float(1 / Double(loss.count)) }

  /// Due after each step.
  package mutating func reset() {
    buffer.mutable.fill(0)
    loss = LossSum()
    added = 0
  }
}
