import Glibc
import TimeSeries

/// The calendar of a step: its phases in the seasons, and whether it is on a weekend.
///
/// Features take all calendar values from here. They are computed anew only where the time changes,
/// which it rarely does from row to row of a batch.
struct StepCalendar {
  private var time: Milliseconds = .min
  private(set) var clock = SeasonClock()
  private(set) var short = SeasonPhase()
  private(set) var long = SeasonPhase()
  /// 1 on a weekend, 0 on other days, of the step and of the first and the last step of the horizon
  /// after it.
  private(set) var weekend: (step: Float, first: Float, last: Float) = (0, 0, 0)

  @inline(__always)
  mutating func move(to newTime: Milliseconds, layout: borrowing FeatureLayout) {
    if newTime == time { return }
    time = newTime
    clock.move(to: newTime, layout: layout)
    short.move(to: clock.short, length: layout.short.length)
    long.move(to: clock.long, length: layout.long.length)
    weekend = (
      Self.isWeekend(newTime, layout), Self.isWeekend(newTime + layout.interval, layout),
      Self.isWeekend(newTime + Int64(layout.horizon) * layout.interval, layout)
    )
  }

  private static func isWeekend(
    _ time: Milliseconds, _ layout: borrowing FeatureLayout
  ) -> Float {
    guard let zone = layout.zone else { return 0 }
    return zone.weekday(time) >= 5 ? 1 : 0
  }
}

/// A place within a season as an angle.
struct SeasonPhase {
  private(set) var sine: Float = 0
  private(set) var cosine: Float = 0

  /// - Parameter place: steps since the season's beginning.
  mutating func move(to place: Int, length: Int) {
    guard length > 0 else { return }
    let angle = 2 * Double.pi * Double(place) / Double(length)
    sine = Float(sin(angle))
    cosine = Float(cos(angle))
  }
}
