import Glibc
import TimeSeries

/// The calendar of a step: its phases in the seasons, and whether it is on a weekend.
///
/// Features take all calendar values from here. They are computed anew only where the time changes,
/// which it rarely does from row to row of a batch.
struct StepCalendar {
  private var time: Milliseconds = .min
  private(set) var short = SeasonPhase()
  private(set) var long = SeasonPhase()
  /// 1 on a weekend, 0 on other days, of the step and of the first and the last step of the horizon
  /// after it.
  private(set) var weekend: (step: Float, first: Float, last: Float) = (0, 0, 0)

  @inline(__always)
  mutating func move(to newTime: Milliseconds, layout: borrowing FeatureLayout) {
    if newTime == time { return }
    time = newTime
    short.move(to: Self.step(newTime, of: layout.short, layout), length: layout.short.length)
    long.move(to: Self.step(newTime, of: layout.long, layout), length: layout.long.length)
    weekend = (
      Self.isWeekend(newTime, layout), Self.isWeekend(newTime + layout.interval, layout),
      Self.isWeekend(newTime + Int64(layout.horizon) * layout.interval, layout)
    )
  }

  /// Steps since 1970, or the index. Seasons of whole days go by the stream's time zone; other
  /// seasons ignore summer time.
  private static func step(
    _ time: Milliseconds, of season: SeasonPlace, _ layout: borrowing FeatureLayout
  ) -> Int64 {
    let isOfDays = Int64(season.length) * layout.interval % 86_400_000 == 0
    let local = isOfDays ? layout.zone?.local(time) : nil
    return floorDivide(local ?? time, layout.interval)
  }

  private static func isWeekend(
    _ time: Milliseconds, _ layout: borrowing FeatureLayout
  ) -> Float {
    guard let zone = layout.zone else { return 0 }
    return zone.weekday(time) >= 5 ? 1 : 0
  }
}

/// A place within a season.
struct SeasonPhase {
  /// Steps since the season's beginning.
  private(set) var place = 0
  private(set) var sine: Float = 0
  private(set) var cosine: Float = 0

  mutating func move(to step: Int64, length: Int) {
    guard length > 0 else { return }
    place = Int(step - floorDivide(step, Int64(length)) * Int64(length))
    let angle = 2 * Double.pi * Double(place) / Double(length)
    sine = Float(sin(angle))
    cosine = Float(cos(angle))
  }
}
