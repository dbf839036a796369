/// Tells when a loss has risen for good: Page and Hinkley's test on relative deviations.
///
/// Losses are compared with their own running mean, so that one threshold suits every stream. Each
/// adds (loss / mean − 1 − tolerance), at most `excessMaximum` of it, to a sum; how far the sum is
/// above its minimum is the evidence. After a signal it starts anew.
///
/// - Source: Page, 1954, Continuous inspection schemes; in this form Gama et al., 2014, A survey on
///   concept drift adaptation, 3.2. Their sum is of absolute deviations.
package struct DriftDetector: Sendable, Equatable {
  /// Rise of the mean loss that is tolerated, as a share of it.
  package static let tolerance = 0.1
  /// One outlier must not be a drift.
  package static let excessMaximum = 3.0
  /// Losses that make up the mean before any signal.
  package static let learningCount = 32

  /// Evidence at which a drift is signalled.
  package let threshold: Double
  package private(set) var count = 0
  package private(set) var mean = 0.0
  private var sum = 0.0
  private var minimum = 0.0

  /// - Parameter threshold: in means; 20 takes a lasting rise by half 50 losses to be noticed.
  package init(threshold: Double = 20) { self.threshold = threshold }

  /// How sure a drift is, 0…1.
  package var evidence: Double { min(1, (sum - minimum) / threshold) }

  /// Takes the next loss, not negative; one that is not finite is passed over.
  ///
  /// - Returns: whether it makes a drift certain.
  package mutating func add(_ loss: Double) -> Bool {
    guard loss.isFinite, loss >= 0 else { return false }
    if count >= Self.learningCount, mean > 0 {
      let excess = min(loss / mean - 1, Self.excessMaximum)
      sum += excess - Self.tolerance
      minimum = min(minimum, sum)
    }
    count += 1
    mean += (loss - mean) / Double(count)
    guard sum - minimum > threshold else { return false }
    self = DriftDetector(threshold: threshold)
    return true
  }

  /// Forgets what it knew of a model that is no longer in use.
  package mutating func restart() { self = DriftDetector(threshold: threshold) }

  /// For a snapshot; `init(numbers:threshold:)` reads it.
  package var numbers: [Double] { [Double(count), mean, sum, minimum] }

  /// `nil` where these are not what `numbers` gave.
  package init?(numbers: [Double], threshold: Double = 20) {
    guard numbers.count == 4, numbers.allSatisfy(\.isFinite), numbers[0] >= 0 else { return nil }
    self.init(threshold: threshold)
    count = Int(min(numbers[0], 1e15))
    (mean, sum, minimum) = (numbers[1], numbers[2], numbers[3])
  }
}
