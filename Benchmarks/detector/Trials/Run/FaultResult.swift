package import Detection

/// What became of one fault in several series.
package struct FaultResult: Sendable {
  package private(set) var count = 0
  /// Steps from the injection to the first evidence, of each fault that was found.
  package private(set) var delays: [Int] = []
  /// The first evidence of each fault that was found.
  package private(set) var evidence: [Evidence: Int] = [:]
  private var chanceSum = 0.0

  package init() {}

  package var recall: Double { count > 0 ? Double(delays.count) / Double(count) : .nan }
  /// What recall would be without a fault.
  package var chance: Double { count > 0 ? chanceSum / Double(count) : .nan }

  package var medianDelay: Int? {
    delays.isEmpty ? nil : delays.sorted()[(delays.count - 1) / 2]
  }

  mutating func add(found: (delay: Int, evidence: Evidence)?, chance: Double) {
    count += 1
    chanceSum += chance
    guard let found else { return }
    delays.append(found.delay)
    evidence[found.evidence, default: 0] += 1
  }

  static func + (left: FaultResult, right: FaultResult) -> FaultResult {
    var sum = left
    sum.count += right.count
    sum.delays += right.delays
    sum.chanceSum += right.chanceSum
    sum.evidence.merge(right.evidence, uniquingKeysWith: +)
    return sum
  }
}
