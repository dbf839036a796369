import TimeSeries

/// The seasons at one step, the origin, by the stream's clock: its phases, those of the steps after
/// it, and how far back a local time is in the seasons before.
///
/// Seasons of whole days follow the clock of the stream's time zone (`CivilSteps`); other seasons
/// ignore it.
struct SeasonClock {
  private var time: Milliseconds = .min
  private(set) var leads = ClockLeads()
  /// Steps since the beginning of each season.
  private(set) var short = 0
  private(set) var long = 0

  /// Makes the step that ends at a time the origin.
  @inline(__always)
  mutating func move(to newTime: Milliseconds, layout: borrowing FeatureLayout) {
    if newTime == time { return }
    time = newTime
    leads.move(to: newTime, layout.civil, past: layout.capacity, ahead: layout.horizon)
    short = place(in: layout.short, layout.civil)
    long = place(in: layout.long, layout.civil)
  }

  private func place(in season: SeasonPlace, _ civil: CivilSteps) -> Int {
    guard season.length > 0 else { return 0 }
    let step =
      season.isOfDays
      ? floorDivide(time + civil.standardOffset, civil.interval) + Int64(leads.lead(0))
      : floorDivide(time, civil.interval)
    return Int(step - floorDivide(step, Int64(season.length)) * Int64(season.length))
  }

  /// Whether a change of the clock is in view that matters to the season.
  @inline(__always)
  func seesChange(_ season: SeasonPlace) -> Bool { !leads.isConstant && season.isOfDays }

  /// The place of a step in a season.
  ///
  /// - Parameters:
  ///   - place: of the step before it.
  ///   - ahead: the step's number, the origin being 0.
  @inline(__always)
  func place(after place: Int, _ season: SeasonPlace, ahead: Int) -> Int {
    guard seesChange(season) else { return place + 1 == season.length ? 0 : place + 1 }
    return wrapped(place + 1 + leads.lead(ahead) - leads.lead(ahead - 1), season)
  }

  /// The place of a step before the origin.
  ///
  /// - Parameter place: of the origin.
  @inline(__always)
  func place(before place: Int, _ season: SeasonPlace, back: Int) -> Int {
    let moved = seesChange(season) ? leads.lead(-back) - leads.lead(0) : 0
    return wrapped(place - back + moved, season)
  }

  @inline(__always)
  private func wrapped(_ place: Int, _ season: SeasonPlace) -> Int {
    let remainder = place % season.length
    return remainder < 0 ? remainder + season.length : remainder
  }

  /// Steps back from the origin to the local time of a step some seasons before; below zero if that
  /// is after the origin.
  ///
  /// - Parameters:
  ///   - plain: what it would be if the clock was never changed: the seasons, less `ahead`.
  ///   - ahead: the step's number, the origin being 0.
  @inline(__always)
  func back(_ plain: Int, ahead: Int) -> Int {
    plain + leads.lead(-plain) - leads.lead(ahead)
  }
}
