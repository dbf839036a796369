import Numerics

/// Ends a training when the held-out loss has not improved for a while, and keeps the best weights;
/// of those that are about as good, the newest.
///
/// - Source: Prechelt (1998), "Early stopping – but when?".
package struct EarlyStopping: ~Copyable, Sendable {
  package enum Verdict: Sendable, Equatable {
    /// The best so far, or as good within the tolerance; its weights are kept.
    case improved
    case waiting
    /// As many rounds as the patience allows were no better.
    case stop
  }

  package let patience: Int
  /// A loss must be lower by this to count as better.
  package let margin: Double
  /// A loss that is above the lowest by no more than this share of it counts as good, too. Held-out
  /// losses are noisy, and between losses that differ by noise the weights that have seen more data
  /// are preferable.
  package let tolerance: Double
  /// The loss of the weights that are kept; infinite until a round had a finite loss.
  package private(set) var bestLoss = Double.infinity
  private var lowestLoss = Double.infinity
  /// The round of the weights that are kept, counted from zero.
  package private(set) var bestRound: Int?
  package private(set) var rounds = 0
  private var best: FloatBuffer

  /// - Precondition: patience ≥ 1
  package init(count: Int, patience: Int, margin: Double = 0, tolerance: Double = 0) {
    precondition(patience >= 1 && margin >= 0 && tolerance >= 0)
    self.patience = patience
    self.margin = margin
    self.tolerance = tolerance
    best = FloatBuffer(count: count)
  }

  /// Judges the held-out loss of the weights as they are now; NaN is never better.
  package mutating func observe(
    loss: Double, parameters: UnsafeBufferPointer<Float>
  ) -> Verdict {
    precondition(parameters.count == best.count)
    defer { rounds += 1 }
    let isAsGood = tolerance > 0 && loss.isFinite && loss <= lowestLoss * (1 + tolerance)
    if loss < bestLoss - margin || isAsGood {
      bestLoss = loss
      lowestLoss = min(lowestLoss, loss)
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
