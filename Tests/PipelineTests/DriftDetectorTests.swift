import Pipeline
import TestSupport
import Testing

@Suite("the drift detector")
struct DriftDetectorTests {
  /// Losses about a level, half as much again in both directions.
  private func losses(_ count: Int, level: Double, seed: UInt64) -> [Double] {
    var random = SplitMix(seed: seed)
    return (0..<count).map { _ in level * (0.5 + random.uniform()) }
  }

  private func firstDrift(_ losses: [Double]) -> Int? {
    var detector = DriftDetector()
    return losses.firstIndex { detector.add($0) }
  }

  @Test(
    "the drift detector stays silent for losses about one level, whatever that is",
    arguments: 1...20 as ClosedRange<UInt64>)
  func steady(seed: UInt64) {
    for level in [1e-6, 1, 1e6] {
      #expect(firstDrift(losses(5_000, level: level, seed: seed)) == nil, "seed \(seed)")
    }
    #expect(firstDrift(Array(repeating: 0, count: 5_000)) == nil)
  }

  @Test(
    "the drift detector signals a lasting rise, the sooner the larger it is",
    arguments: 1...20 as ClosedRange<UInt64>)
  func rise(seed: UInt64) throws {
    let before = losses(300, level: 1, seed: seed)
    let half = try #require(firstDrift(before + losses(300, level: 1.5, seed: seed + 1)))
    let treble = try #require(firstDrift(before + losses(300, level: 3, seed: seed + 1)))
    #expect((310..<420).contains(half), "seed \(seed)")
    #expect((305..<325).contains(treble), "seed \(seed)")
  }

  @Test("neither a fall of the loss nor a single outlier is a drift")
  func noDrift() {
    let before = losses(300, level: 1, seed: 1)
    #expect(firstDrift(before + losses(300, level: 0.3, seed: 2)) == nil)
    #expect(firstDrift(before + [1e9] + losses(300, level: 1, seed: 3)) == nil)
    #expect(firstDrift(before + [.nan, .infinity, -1] + losses(300, level: 1, seed: 3)) == nil)
  }

  @Test("after a signal the drift detector takes the new level for granted")
  func restart() {
    var detector = DriftDetector()
    let signals = (losses(300, level: 1, seed: 5) + losses(2_000, level: 3, seed: 6))
      .filter { detector.add($0) }
    #expect(signals.count == 1)
  }

  @Test("a drift detector restored from its numbers goes on as if nothing had been")
  func numbers() throws {
    let all = losses(300, level: 1, seed: 7) + losses(100, level: 2, seed: 8)
    var whole = DriftDetector()
    var signals: [Int] = []
    for (index, loss) in all.enumerated() where whole.add(loss) { signals.append(index) }
    #expect(!signals.isEmpty)
    var detector = DriftDetector()
    var again: [Int] = []
    for (index, loss) in all.enumerated() {
      detector = try #require(DriftDetector(numbers: detector.numbers))
      if detector.add(loss) { again.append(index) }
    }
    #expect(again == signals)
    #expect(detector == whole)
    #expect(DriftDetector(numbers: [1, 2]) == nil)
    #expect(DriftDetector(numbers: [.nan, 0, 0, 0]) == nil)
  }
}
