import Glibc

/// How often the counter of a series is reset: lately, and in the long run.
struct ResetCounts: BitwiseCopyable {
  /// Resets of about the last 30 steps, fading.
  var recent: Float
  /// Resets in a step.
  var rate: Float

  static let initial = ResetCounts(recent: 0, rate: 0)

  private static let steps = 30.0
  private static let gain = 0.001
  /// Fewer are an ordinary restart.
  private static let countMinimum = 3

  /// Lets a step pass.
  mutating func pass() {
    guard recent > 0 || rate > 0 else { return }
    recent *= Float(1 - 1 / Self.steps)
    rate *= Float(1 - Self.gain)
    if recent < 0.01 { recent = 0 }
    if rate < 1e-9 { rate = 0 }
  }

  /// Takes a reset.
  ///
  /// - Returns: ln of the probability of so many lately, by the rate so far and one in a week; nil if
  ///   they are few.
  mutating func take(_ pace: DetectionPace) -> Double? {
    recent += 1
    let expected = (Double(rate) + 1 / pace.stepsPerWeek) * Self.steps
    rate += Float(Self.gain)
    let count = Int(recent.rounded())
    guard count >= Self.countMinimum else { return nil }
    return log(max(PoissonTail.survival(count, mean: expected), 1e-300))
  }
}
