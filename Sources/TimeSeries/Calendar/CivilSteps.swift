/// The steps of a time grid by the clock of a time zone.
///
/// Seasons of whole days follow that clock: who begins at eight begins at eight before and after a
/// change to summer time. The *lead* of a step is by how many steps the clock is ahead of the
/// zone's standard time in the last instant of the step's bucket. It is rounded to whole steps,
/// halves towards standard time.
///
/// The step at the same local time `n` steps earlier, `n` being whole days, is
///
///     t − n + lead(t) − lead(t − n)
///
/// Where a local time occurs twice, that is the later one. Where it does not occur, that is the
/// time that the clock would have shown without the change: half past three for half past two, as in
/// RFC 5545, 3.3.5.
package struct CivilSteps: Sendable, Equatable {
  package let interval: Milliseconds
  /// What standard time is ahead of UTC.
  package let standardOffset: Milliseconds
  /// `nil` where no clock is ahead of standard time.
  private let zone: TimeZoneRules?

  /// - Parameter zone: `nil` if time is an index.
  package init(interval: Milliseconds, zone: TimeZoneRules?) {
    self.interval = interval
    self.zone = zone
    standardOffset = zone?.standardOffset ?? 0
  }

  /// The steps that a season follows: those of the zone if the season is whole days.
  package init(interval: Milliseconds, season: Int, zone: TimeZoneRules?) {
    self.init(
      interval: interval, zone: Self.isOfDays(season, interval: interval) ? zone : nil)
  }

  /// Steps by which the clock is changed each year at present.
  package var yearlyChange: Int { Int((zone?.yearlyChange ?? 0) / interval) }

  /// Whether so many steps are whole days, at least one.
  package static func isOfDays(_ steps: Int, interval: Milliseconds) -> Bool {
    steps > 0 && Milliseconds(steps) * interval % 86_400_000 == 0
  }

  /// The lead of the step that ends at `time`, and the steps around it with the same lead: those
  /// that end later than `after` and not later than `through`.
  ///
  /// - Complexity: as `TimeZoneRules.span`.
  func span(
    at time: Milliseconds
  ) -> (lead: Int, after: Milliseconds, through: Milliseconds) {
    guard let zone else { return (0, .min, .max) }
    let span = zone.span(at: time - 1)
    return (rounded(span.offset - standardOffset), span.from, span.until)
  }

  /// The lead of the step that ends at `time`.
  package func lead(at time: Milliseconds) -> Int { span(at: time).lead }

  /// The end of the step at the same local time whole days before.
  ///
  /// - Parameter steps: whole days.
  package func time(_ steps: Int, before time: Milliseconds) -> Milliseconds {
    let plain = time - Milliseconds(steps) * interval
    return plain + Milliseconds(lead(at: time) - lead(at: plain)) * interval
  }

  private func rounded(_ difference: Milliseconds) -> Int {
    let size = difference.magnitude
    let steps = Int((2 * size + interval.magnitude - 1) / (2 * interval.magnitude))
    return difference < 0 ? -steps : steps
  }
}
