import Scores
import Testing

@Suite("Scores of forecasts")
struct ForecastScoreTests {
  private let levels = ScoredLevels([0.1, 0.5, 0.9])

  @Test("errors are of the median, and a target on the interval's end is covered")
  func errors() {
    var score = ForecastScore(levels: levels, horizon: 2)
    let quantiles = [1.0, 2, 4]
    for actual in [1.0, 5] { _ = score.add(step: 0, actual: actual) { quantiles[$0] } }
    _ = score.add(step: 1, actual: 2) { quantiles[$0] }
    #expect(score.count == 3)
    #expect(score.meanError(step: 0) == 2 && score.meanError(step: 1) == 0)
    #expect(score.meanError == 4.0 / 3)
    #expect(score.absoluteSum == 8)
    let third = 1.0 / 3
    #expect(score.observedLevels == [third, 2 * third, 2 * third])
    #expect(score.coverage(of: 0.8) == 2.0 / 3)
    #expect(score.coverage(of: 0.5) == nil)
  }

  @Test("the quantile loss is twice the pinball loss, averaged over the levels")
  func loss() {
    var score = ForecastScore(levels: levels, horizon: 1)
    let quantiles = [1.0, 2, 4]
    let loss = score.add(step: 0, actual: 3) { quantiles[$0] }
    let expected = 2 * (0.1 * 2 + 0.5 * 1 + 0.1 * 1) / 3
    #expect(abs(loss - expected) < 1e-12)
    #expect(score.meanLoss == loss)
  }

  @Test("the loss is averaged over the deciles alone where all of them are forecast")
  func deciles() {
    let deciles = (1...9).map { Double($0) / 10 }
    #expect(ScoredLevels([0.025] + deciles + [0.975]).scored == Array(1...9))
    #expect(ScoredLevels([0.025, 0.5, 0.975]).scored == [0, 1, 2])
  }

  @Test("two scores together are the score of all targets")
  func sum() {
    var first = ForecastScore(levels: levels, horizon: 1)
    var second = first
    var all = first
    _ = first.add(step: 0, actual: 1) { [0.0, 2, 3][$0] }
    _ = second.add(step: 0, actual: 5) { [1.0, 2, 3][$0] }
    _ = all.add(step: 0, actual: 1) { [0.0, 2, 3][$0] }
    _ = all.add(step: 0, actual: 5) { [1.0, 2, 3][$0] }
    first.add(second)
    #expect(first.meanError == all.meanError && first.meanLoss == all.meanLoss)
    #expect(first.observedLevels == all.observedLevels)
    #expect(first.coverage(of: 0.8) == all.coverage(of: 0.8))
  }

  @Test("without a target nothing is a number")
  func empty() {
    let score = ForecastScore(levels: levels, horizon: 1)
    #expect(score.meanError.isNaN && score.meanLoss.isNaN && score.meanError(step: 0).isNaN)
  }
}
