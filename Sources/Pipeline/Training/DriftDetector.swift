/// Detects a lasting rise of a loss: the test of Page and Hinkley on relative deviations.
///
/// Losses are compared with their own running mean, so that one threshold suits every stream. Each
/// loss adds min(loss / mean − 1, `excessMaximum`) − `tolerance` to a sum. The evidence is the
/// height of the sum above its minimum. After a signal the detector starts again.
///
/// - Source: Page, 1954, Continuous inspection schemes; in this form Gama et al., 2014, A survey on
///   concept drift adaptation, 3.2. Deviation: their sum is of absolute deviations.
package struct DriftDetector: Sendable, Equatable {
  /// The tolerated rise of the loss, as a share of its mean.
  package static let tolerance = 0.1
  /// The largest relative deviation that one loss may add, so that one outlier is not taken for a
  /// drift.
  package static let excessMaximum = 3.0
  /// The number of losses that form the mean before any of them adds evidence.
  package static let learningCount = 32

  /// Height of the sum above its minimum beyond which a drift is signalled.
  package let threshold: Double
  package private(set) var count = 0
  package private(set) var mean = 0.0
  private var sum = 0.0
  private var minimum = 0.0

  /// - Parameter threshold: in units of the mean loss. With 20, a lasting rise by half is detected
  ///   after about 50 losses.
  package init(threshold: Double = 20) { self.threshold = threshold }

  /// The evidence as a share of `threshold`, 0…1.
  package var evidence: Double { min(1, (sum - minimum) / threshold) }

  /// Takes the next loss. A loss that is negative or not finite is ignored.
  ///
  /// - Returns: whether this loss signals a drift.
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

  /// Starts again, because another model is in use.
  package mutating func restart() { self = DriftDetector(threshold: threshold) }

  /// The detector's state for a snapshot; `init(numbers:threshold:)` restores it.
  package var numbers: [Double] { [Double(count), mean, sum, minimum] }

  /// Restores a detector from `numbers`; `nil` if these cannot be from a detector.
  package init?(numbers: [Double], threshold: Double = 20) {
    guard numbers.count == 4, numbers.allSatisfy(\.isFinite), numbers[0] >= 0 else { return nil }
    self.init(threshold: threshold)
    count = Int(min(numbers[0], 1e15))
    (mean, sum, minimum) = (numbers[1], numbers[2], numbers[3])
  }
}
