import Calibration
import TestSupport
import Testing
import TimeSeries

@Suite("Holt–Winters by the clock")
struct CivilHoltWintersTests {
  private static let hour: Milliseconds = 3_600_000
  private static let horizon = 24
  private static let levels = [0.1, 0.5, 0.9]

  /// High from 8 to 18 o'clock.
  private static func value(_ time: Milliseconds, _ zone: TimeZoneRules) -> Double {
    (8 * hour..<18 * hour).contains(zone.local(time - 1) % (24 * hour)) ? 100 : 20
  }

  /// Mean error of the medians of all steps that were forecast from the day before a change on.
  private func error(
    _ zone: TimeZoneRules, change: Milliseconds, values: TimeZoneRules
  ) -> Double {
    var table = CalibrationTable(
      settings: CalibrationSettings(), interval: Self.hour, seasons: [24], horizon: Self.horizon,
      levels: Self.levels, isNonNegative: false, timeZone: zone)
    table.appendRow()
    let civil = CivilSteps(interval: Self.hour, zone: zone)
    let scale = SeriesScale(mean: 50, deviation: 40, unit: 10)
    let none = [Double](repeating: .nan, count: Self.horizon + 1)
    var leads = ClockLeads()
    var forecast = [Double](repeating: 0, count: Self.horizon * Self.levels.count)
    var (sum, count) = (0.0, 0)
    for step in -480...48 {
      let time = change + Int64(step) * Self.hour
      table.observe(
        rows: [0], times: [time], values: [Self.value(time, values)],
        lags: [
          BaselineLags(
            last: .nan, short: .nan, shortBefore: .nan, long: .nan, longBefore: .nan, scale: scale)
        ])
      guard step >= -24 else { continue }
      leads.move(to: time, civil, past: 0, ahead: Self.horizon)
      let isThere = none.withUnsafeBufferPointer { none in
        table.baselineForecast(
          row: 0, kind: .holtWinters,
          inputs: BaselineInputs(
            time: time, leads: leads, newest: 0, scale: scale, short: none.baseAddress!,
            long: none.baseAddress!), into: &forecast)
      }
      #expect(isThere)
      for ahead in 0..<Self.horizon {
        let target = time + Int64(ahead + 1) * Self.hour
        sum += abs(forecast[ahead * Self.levels.count + 1] - Self.value(target, values))
        count += 1
      }
    }
    return sum / Double(count)
  }

  @Test("the profile moves with the clock, in updates and in the steps of a forecast")
  func profile() throws {
    let berlin = try TimeZoneRules(name: "Europe/Berlin", file: ZoneFile.berlin)
    // 2024-03-31T01:00:00Z and 2024-10-27T01:00:00Z.
    for change: Milliseconds in [1_711_846_800_000, 1_729_990_800_000] {
      let usual = error(berlin, change: change + 30 * 24 * Self.hour, values: berlin)
      #expect(error(berlin, change: change, values: berlin) < 1.2 * usual + 0.2)
      #expect(error(.utc, change: change, values: berlin) > usual + 2)
    }
  }
}
