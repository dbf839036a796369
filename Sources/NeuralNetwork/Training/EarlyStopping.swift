import Numerics

/// Ends a training when the held-out loss has not improved for a while, and keeps the best weights.
///
/// - Source: Prechelt (1998), "Early stopping – but when?".
package struct EarlyStopping: ~Copyable, Sendable {
  package enum Verdict: Sendable, Equatable {
    /// The best so far; its weights are kept.
    case improved
    case waiting
    /// As many rounds as the patience allows were no better.
    case stop
  }

  package let patience: Int
  /// A loss must be lower by this to count as better.
  package let margin: Double
  /// Infinite until a round had a finite loss.
  package private(set) var bestLoss = Double.infinity
  /// The round of the best loss, counted from zero.
  package private(set) var bestRound: Int?
  package private(set) var rounds = 0
  private var best: FloatBuffer

  /// - Precondition: patience ≥ 1
  package init(count: Int, patience: Int, margin: Double = 0) {
    precondition(patience >= 1 && margin >= 0)
    self.patience = patience
    self.margin = margin
    best = FloatBuffer(count: count)
  }

  /// Judges the held-out loss of the weights as they are now; NaN is never better.
  package mutating func observe(
    loss: Double, parameters: UnsafeBufferPointer<Float>
  ) -> Verdict {
    precondition(parameters.count == best.count)
    defer { rounds += 1 }
    if loss < bestLoss - margin {
      bestLoss = loss
      bestRound = rounds
      best.mutable.copy(from: parameters)
      return .improved
    }
    return rounds - (bestRound ?? -1) >= patience ? .stop : .waiting
  }

  /// Puts the best weights back; false, and nothing is touched, where no round was finite.
  package func restore(into parameters: UnsafeMutableBufferPointer<Float>) -> Bool {
    guard bestRound != nil else { return false }
    parameters.copy(from: best.elements)
    return true
  }
}
