/// Keeps small gradients from vanishing where they are stored in 16 bits: the loss is multiplied by
/// a power of two before the backward pass, and the gradients divided by it after.
///
/// It grows until gradients overflow, then is halved and the step left out: PyTorch's
/// `amp.GradScaler`.
///
///     scaled = lossAndGradients(…, gradientScale: Float(lossScale.value))
///     let clip = GradientClip(gradients, maximumNorm: 1, lossScale: lossScale.value)
///     if case .apply(let scale, _) = clip { optimizer.step(…, gradientScale: scale) }
///     lossScale.update(clip)
///
/// - Source: Micikevicius et al. (2018), "Mixed precision training", section 3.2.
package struct LossScale: Sendable, Equatable {
  package private(set) var value: Double
  package let growth: Double
  package let backoff: Double
  /// Steps in a row without overflow until it grows.
  package let growthInterval: Int
  /// Steps without overflow since the last change.
  package private(set) var goodSteps = 0
  /// Steps that were left out.
  package private(set) var skipped = 0

  package init(
    initial: Double = 65536, growth: Double = 2, backoff: Double = 0.5, growthInterval: Int = 2000
  ) {
    precondition(initial > 0 && growth > 1 && backoff > 0 && backoff < 1 && growthInterval >= 1)
    value = initial
    self.growth = growth
    self.backoff = backoff
    self.growthInterval = growthInterval
  }

  /// Due after each step, taken or left out.
  package mutating func update(_ clip: GradientClip) {
    if case .skip = clip {
      value *= backoff
      goodSteps = 0
      skipped += 1
      return
    }
    goodSteps += 1
    guard goodSteps == growthInterval else { return }
    goodSteps = 0
    // A factor beyond Float's range would make every gradient infinite.
    if Float(value * growth).isFinite { value *= growth }
  }
}
