import Glibc

/// The lengths of runs of one value in a series: how often a run is at least as long as the present one.
struct EqualRuns: BitwiseCopyable {
  /// Runs that begin in a step.
  var rate: Float
  /// Means of length and squared length.
  var length: Float
  var squaredLength: Float
  /// Repetitions of the present value.
  var current: Float
  /// The longest run, fading.
  var longest: Float

  static let initial = EqualRuns(
    rate: 0.05, length: 0, squaredLength: 0, current: 0, longest: 0)

  private static let memory = 20_000.0

  /// ln of the number of runs in a step that are at least as long as the present one; nil if it is no
  /// longer than the longest so far.
  ///
  /// It is the rarer of two estimates: by the mean length of runs, weighted by their lengths, and by the
  /// longest run in the whole past.
  func logRate(count: Double) -> Double? {
    // The first run is like no other: perhaps the series never changes.
    guard current < Float(count) - 1 else { return nil }
    let longest = Double(max(longest, 1))
    guard Double(current) > longest else { return nil }
    let typical = (Double(squaredLength) + 4) / (Double(length) + 2)
    let byLength = log(max(Double(rate), 1e-9)) - (Double(current) - 1) / max(typical, 1)
    let byLongest = -log(min(count, Self.memory)) - 2 * log(Double(current) / longest)
    return max(byLength, byLongest)
  }

  mutating func learn(isRepeated: Bool, count: Double) {
    let gain = max(1 / (count + 2), 1 / Self.memory)
    if isRepeated {
      if current == 0 { rate += Float(gain) }
      if current < 1_048_576 { current += 1 }
    } else if current > 0 {
      let share = Float(max(0.02, 1 / (count * Double(rate) + 2)))
      length += (current - length) * share
      squaredLength += (current * current - squaredLength) * share
      longest = longest == 0 ? current : max(longest, min(current, 3 * longest + 3))
      current = 0
    }
    rate *= Float(1 - gain)
    longest *= 1 - 1e-5
  }
}
