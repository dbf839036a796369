import Scores
import Testing

@Suite("Comparison with a naive forecast")
struct NaiveComparisonTests {
  @Test("both errors are of the same targets: one that the naive forecast lacks is in neither")
  func sameTargets() {
    var comparison = NaiveComparison()
    comparison.add(actual: 10, median: 9, low: 8, high: 11, naive: 6)
    comparison.add(actual: 10, median: 20, low: 8, high: 9, naive: .nan)
    #expect(comparison.count == 1)
    #expect(comparison.median.mean == 1 && comparison.naive.mean == 4)
    #expect(comparison.ratio == 0.25 && comparison.isBelowNaive)
    // The interval is there for both.
    #expect(comparison.coverage.share == 0.5)
  }

  @Test("an equal error is not below the naive forecast's")
  func equal() {
    var comparison = NaiveComparison()
    comparison.add(actual: 1, median: 2, low: .nan, high: .nan, naive: 0)
    #expect(!comparison.isBelowNaive)
    #expect(comparison.coverage.share.isNaN)
  }
}
