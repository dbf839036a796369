import Testing
import TimeSeries

@Suite("Levels of forecasts")
struct ForecastLevelsTests {
  @Test("a configured level is computed beside the standard ones, one of them only once")
  func computed() {
    #expect(ForecastLevels.computed(with: [0.1, 0.5]) == ForecastLevels.standard)
    let levels = ForecastLevels.computed(with: [0.05, 0.3, 0.99])
    #expect(
      levels == [0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975, 0.99])
    #expect(ForecastLevels.indices(of: [0.05, 0.99], in: levels) == [1, 12])
  }

  @Test("levels that mirror each other make central intervals, outermost first")
  func intervals() {
    let intervals = ForecastLevels.centralIntervals(of: [0.05, 0.1, 0.4, 0.5, 0.6, 0.9, 0.99])
    #expect(intervals.map(\.low) == [1, 2])
    #expect(intervals.map(\.high) == [5, 4])
    #expect(abs(intervals[0].missShare - 0.2) < 1e-12)
    #expect(ForecastLevels.centralIntervals(of: ForecastLevels.standard).count == 5)
  }
}
