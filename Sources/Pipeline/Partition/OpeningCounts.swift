import Detection

/// Incidents that opened, by their evidence; the last number is of those of groups.
struct OpeningCounts: Sendable {
  private(set) var counts = [Int](repeating: 0, count: names.count)

  static let names = Evidence.allCases.map(\.name) + ["group"]

  mutating func add(_ evidence: Evidence) { counts[Int(evidence.rawValue)] += 1 }
  mutating func addGroup() { counts[counts.count - 1] += 1 }

  /// The counts, which begin anew; nothing if there are none.
  mutating func take() -> [Int] {
    guard counts.contains(where: { $0 > 0 }) else { return [] }
    defer { self = OpeningCounts() }
    return counts
  }
}
