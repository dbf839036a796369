import Calibration
import Forecasting
import TestSupport
import Testing
import TimeSeries

/// Seasons of whole days across changes of the clock.
@Suite("seasons by the clock") struct CivilSeasonTests {
  static let hour: Milliseconds = 3_600_000
  /// 2024-03-31T01:00:00Z and 2024-10-27T01:00:00Z: Berlin's clocks go forward, and back.
  static let changes: [Milliseconds] = [1_711_846_800_000, 1_729_990_800_000]

  private static func berlin() throws -> TimeZoneRules {
    try TimeZoneRules(name: "Europe/Berlin", file: ZoneFile.berlin)
  }

  /// One series, and what it says at every step.
  private struct Run: ~Copyable {
    var states: SeriesStates
    let model: ForecastModel
    var workspace: ForecastingWorkspace
    var lags: [BaselineLags] = []

    init(_ settings: ModelSettings) {
      model = ForecastModel.untrained(stream: "s", settings: settings, seed: 1)
      states = SeriesStates(settings: settings)
      states.appendRow()
      workspace = ForecastingWorkspace(settings: settings)
    }

    mutating func step(_ time: Milliseconds, _ value: Double) {
      states.collectLags([0], into: &lags)
      states.advance(
        rows: [0], times: [time], values: [value], model: model, workspace: &workspace)
    }

    /// The values one season before the newest step and each step ahead, and the unit.
    func origin(season: Int = 0) -> (past: [Double], unit: Double) {
      let horizon = model.settings.horizon
      let origins = BaselineOrigins(capacity: 1, horizon: horizon)
      origins.readsSeasons[0] = true
      states.describeOrigins([0], origins)
      let values = season == 0 ? origins.seasons(0).short : origins.seasons(0).long
      return ((0...horizon).map { values[$0] }, origins.inputs[0].scale.unit)
    }

    mutating func medians() -> [Double] {
      var batch = ForecastBatch()
      states.forecast(rows: [0], model: model, workspace: &workspace, into: &batch)
      let middle = model.settings.quantiles.count / 2
      return (0..<batch.horizon).map { batch[0, step: $0, quantile: middle] }
    }
  }

  /// Finds steps by going through all of them.
  private struct Search {
    let first: Milliseconds
    let interval: Milliseconds
    let count: Int
    private let locals: [Milliseconds]

    init(first: Milliseconds, interval: Milliseconds, count: Int, zone: TimeZoneRules) {
      self.first = first
      self.interval = interval
      self.count = count
      locals = (0..<count).map { zone.local(first + Int64($0) * interval - 1) }
    }

    /// The newest step up to `newest`, and before the target, at the target's local time some seasons
    /// before it; of two with the same local time, the later one.
    func step(_ target: Int, season: Int, newest: Int) -> Int? {
      for seasons in 1...8 {
        var wanted = locals[target] - Int64(seasons * season) * interval
        if !locals.contains(wanted) {
          // A local time that does not occur.
          wanted += CivilSeasonTests.hour
        }
        let found = locals.lastIndex(of: wanted)
        if let found, found <= newest, found < target { return found }
      }
      return nil
    }
  }

  @Test(
    "the value one season before has the same local time, for every step and target",
    arguments: [(1, [24, 168], 30), (4, [96], 24), (4, [96, 192], 3), (12, [288], 1)])
  func lookback(stepsInHour: Int, seasons: [Int], horizon: Int) throws {
    let interval = Self.hour / Int64(stepsInHour)
    for change in Self.changes {
      let zone = try Self.berlin()
      let days = seasons.last == 168 ? 8 : 2
      let before = (days + (seasons.count > 1 ? seasons[1] * Int(interval) / 86_400_000 : 1)) * 24
      let search = Search(
        first: change - Int64(before) * Self.hour, interval: interval,
        count: (before + days * 24 + horizon) * stepsInHour + horizon, zone: zone)
      var run = Run(
        ModelSettings(
          interval: interval, window: 32, seasons: seasons, horizon: horizon,
          quantiles: [0.1, 0.5, 0.9], hiddenSize: 4, timeZone: zone))
      for step in 0..<search.count - horizon {
        // The value is the number of the step.
        run.step(search.first + Int64(step) * interval, Double(step))
        guard step > (seasons.last ?? 0) + 2 * stepsInHour else { continue }
        let newest = step - 1
        func expect(_ found: Double, _ target: Int, _ season: Int, newest: Int) {
          guard let past = search.step(target, season: season, newest: newest) else { return }
          #expect(found == Double(past), "target \(target) of \(newest), change \(change)")
        }
        expect(run.lags[0].short, step, seasons[0], newest: newest)
        expect(run.lags[0].shortBefore, step - 1, seasons[0], newest: newest)
        if seasons.count > 1 {
          expect(run.lags[0].long, step, seasons[1], newest: newest)
          expect(run.lags[0].longBefore, step - 1, seasons[1], newest: newest)
        }
        guard step % 5 == 0 || stepsInHour == 1 else { continue }
        for (number, season) in seasons.enumerated() {
          let past = run.origin(season: number).past
          for ahead in 0...horizon { expect(past[ahead], step + ahead, season, newest: step) }
        }
      }
    }
  }

  /// Office hours without noise.
  private static func office(_ time: Milliseconds, _ zone: TimeZoneRules) -> Double {
    let local = zone.local(time - 1) % (24 * hour)
    return (8 * hour..<18 * hour).contains(local) ? 100 : 20
  }

  @Test("scale and forecasts of the network do not notice a change of the clock")
  func network() throws {
    for change in Self.changes {
      var errors: [Double] = []
      for zone in [try Self.berlin(), .utc] {
        var run = Run(
          ModelSettings(
            interval: Self.hour, seasons: [24], horizon: 12, quantiles: [0.1, 0.5, 0.9],
            hiddenSize: 8, timeZone: zone))
        var sums = (before: 0.0, after: 0.0)
        for step in -240...48 {
          let time = change + Int64(step) * Self.hour
          run.step(time, Self.office(time, try Self.berlin()))
          // A day of origins whose targets are before the change, and the day after it.
          guard (-36...(-13)).contains(step) || (0..<24).contains(step) else { continue }
          for (ahead, median) in run.medians().enumerated() {
            let target = time + Int64(ahead + 1) * Self.hour
            let error = abs(median - Self.office(target, try Self.berlin()))
            if step < -12 { sums.before += error } else { sums.after += error }
          }
          if zone != .utc {
            // A seasonal difference of zero: the unit stays the least share of the deviation.
            #expect(run.origin().unit < 1)
          }
        }
        errors.append(sums.after / sums.before)
      }
      #expect(errors[0] < 1.05, "\(errors)")
      #expect(errors[1] > 1.15, "\(errors)")
    }
  }

  @Test("a profile is indexed by the clock, when it is read as when it is written")
  func profile() throws {
    let minute = Self.hour / 60
    let india = try TimeZoneRules(
      name: "Asia/Kolkata", file: ZoneFile.bytes(standard: 19_800, rule: "IST-5:30"))
    for (zone, change) in [
      (try Self.berlin(), Self.changes[0]), (try Self.berlin(), Self.changes[1]),
      (india, Self.changes[0]),
    ] {
      func value(_ time: Milliseconds) -> Double {
        1_000 + 100 * Synthetic.sine(Double(zone.local(time - 1) % (24 * Self.hour)) / 86_400_000)
      }
      var run = Run(
        ModelSettings(
          interval: minute, seasons: [1440], horizon: 120, quantiles: [0.1, 0.5, 0.9],
          hiddenSize: 4, timeZone: zone))
      for step in -3 * 1440...1440 {
        let time = change + Int64(step) * minute
        run.step(time, value(time))
        guard step > -1440 else { continue }
        // An hour beside, the sine differs by up to 26.
        #expect(abs(run.lags[0].short - value(time)) < 4, "\(step)")
        guard step % 30 == 0 else { continue }
        let past = run.origin().past
        for ahead in 0...120 {
          #expect(abs(past[ahead] - value(time + Int64(ahead) * minute)) < 4, "\(step) \(ahead)")
        }
      }
    }
  }

  @Test("a season of less than a day ignores the clock, and so does an index")
  func ignored() throws {
    let series = Synthetic.seasonal(count: 1, steps: 300, seed: 4)[0]
    func tensors(_ seasons: [Int], _ zone: TimeZoneRules?) -> ([Double], [ColumnTensor]) {
      var run = Run(
        ModelSettings(
          interval: Self.hour, seasons: seasons, horizon: 12, quantiles: [0.1, 0.5, 0.9],
          hiddenSize: 4, timeZone: zone))
      var pasts: [Double] = []
      for step in 0..<300 {
        run.step(Self.changes[0] + Int64(step - 250) * Self.hour, series[step])
        if step > 200 { pasts += run.origin().past }
      }
      return (pasts, run.states.tensors().filter { $0.name == "states.ring" })
    }
    let berlin = try Self.berlin()
    #expect(tensors([8, 12], berlin) == tensors([8, 12], .utc))
    #expect(tensors([24], nil) == tensors([24], .utc))
    #expect(tensors([24], berlin).0 != tensors([24], .utc).0)
  }

  @Test("a state that is restored between two changes of the clock goes on as the saved one")
  func restored() throws {
    let zone = try Self.berlin()
    for seasons in [[24, 168], [24, 336]] {
      let settings = ModelSettings(
        interval: Self.hour, seasons: seasons, horizon: 12, quantiles: [0.1, 0.5, 0.9],
        hiddenSize: 4, timeZone: zone)
      for cut in [-30, -5, 0, 1, 7] {
        var run = Run(settings)
        for step in -400..<cut {
          let time = Self.changes[0] + Int64(step) * Self.hour
          run.step(time, Self.office(time, zone) + Double(step % 7))
        }
        var other = Run(settings)
        var saved = SeriesStates(settings: settings)
        try saved.restore(
          Dictionary(
            run.states.tensors().map { ($0.name, $0) }, uniquingKeysWith: { _, last in last }))
        other.states = saved
        for step in cut..<cut + 40 {
          let time = Self.changes[0] + Int64(step) * Self.hour
          let value = Self.office(time, zone) + Double(step % 7)
          run.step(time, value)
          other.step(time, value)
          #expect(run.medians() == other.medians())
          #expect(run.origin().past == other.origin().past)
        }
        #expect(run.states.tensors() == other.states.tensors())
      }
    }
  }
}
