import Forecasting
import Testing
import TimeSeries

/// Seasons that the ring does not hold: kept as profiles.
@Suite struct LongSeasonTests {
  static let minute: Milliseconds = 60_000
  /// A Monday.
  static let start: Milliseconds = 1_700_438_400_000

  /// Minutes of a day with a morning and an evening, quieter at weekends.
  private func value(_ step: Int) -> Double {
    let day = Double(step % 1440) / 1440
    let isWeekend = step / 1440 % 7 >= 5
    return 1000 + (isWeekend ? 20 : 100) * Synthetic.sine(day)
  }

  private func stream(
    _ settings: ModelSettings, steps: Int
  ) -> (states: SeriesStates, model: ForecastModel) {
    let model = ForecastModel.untrained(stream: "s", settings: settings, seed: 1)
    var states = SeriesStates(settings: settings)
    states.appendRow()
    var workspace = ForecastingWorkspace(settings: settings)
    for step in 0..<steps {
      let isMissing = step % 7 == 0
      states.advance(
        rows: [0], times: [Self.start + Int64(step) * Self.minute],
        values: [isMissing ? .nan : value(step)], model: model, workspace: &workspace)
    }
    return (states, model)
  }

  private func medians(_ states: SeriesStates, _ model: ForecastModel) -> [Double] {
    var batch = ForecastBatch()
    var workspace = ForecastingWorkspace(settings: model.settings)
    states.forecast(rows: [0], model: model, workspace: &workspace, into: &batch)
    return (0..<batch.horizon).map {
      batch[0, step: $0, quantile: model.settings.quantiles.count / 2]
    }
  }

  @Test("a day of minutes is forecast from its profile, far beyond what the ring holds")
  func day() {
    let settings = ModelSettings(interval: Self.minute, seasons: [1440], horizon: 240)
    let steps = 3 * 1440
    let (states, model) = stream(settings, steps: steps)
    let medians = medians(states, model)
    // At midnight the day's sine rises by 87 in four hours; the last values say nothing of it.
    let rise = medians[239] - medians[0]
    #expect(rise > 45 && rise < 100, "\(rise)")
  }

  @Test("a week's profile tells Saturday from Friday where a day's does not")
  func week() {
    let steps = 19 * 1440  // two weeks, and Monday to Friday
    let daily = ModelSettings(interval: Self.minute, seasons: [1440], horizon: 240)
    let weekly = ModelSettings(interval: Self.minute, seasons: [1440, 10_080], horizon: 240)
    let saturday = value(steps + 239)
    let errors = [daily, weekly].map { settings in
      let (states, model) = stream(settings, steps: steps)
      return abs(medians(states, model)[239] - saturday)
    }
    #expect(errors[1] < 0.8 * errors[0], "\(errors)")
  }

  @Test("a profile stays where it belongs when the anchor moves")
  func anchor() {
    let settings = ModelSettings(interval: Self.minute, seasons: [1440], horizon: 60)
    let model = ForecastModel.untrained(stream: "s", settings: settings, seed: 1)
    var states = SeriesStates(settings: settings)
    states.appendRow()
    var workspace = ForecastingWorkspace(settings: settings)
    for step in 0..<4000 {
      let level = step < 100 ? 0 : 1e12
      states.advance(
        rows: [0], times: [Self.start + Int64(step) * Self.minute],
        values: [level + value(step)], model: model, workspace: &workspace)
    }
    for median in medians(states, model) {
      #expect(abs(median - 1e12) < 2e11)
    }
  }
}
