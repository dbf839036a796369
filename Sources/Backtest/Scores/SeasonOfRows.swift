import TimeSeries

/// The season of a group's rows, by the clock of the stream's time zone.
struct SeasonOfRows {
  /// Rows of the season; 1 where there is none.
  let length: Int
  private let group: HistoryGroup
  private let civil: CivilSteps

  init(length: Int, of group: HistoryGroup, zone: TimeZoneRules?) {
    self.length = length
    self.group = group
    civil = CivilSteps(interval: group.interval, season: length, zone: zone)
  }

  /// The row at the same local time one season before; it may be before the first.
  func row(before row: Int) -> Int {
    let end = group.time(ofRow: row + 1)
    return row - Int((end - civil.time(length, before: end)) / group.interval)
  }
}
