/// A recurring time: the multiples of a period since 1970, or a cron expression in UTC.
package struct Schedule: Sendable, Equatable {
  private enum Rule: Equatable {
    case every(Milliseconds)
    case cron(CronExpression)
  }

  private let rule: Rule

  /// - Throws: `TimeSeriesError.schedule` if the period is not from 1 ms to 366 days.
  package init(every period: Milliseconds) throws(TimeSeriesError) {
    guard (1...366 * 86_400_000).contains(period) else {
      throw .schedule(field: "period", problem: "must be from 1 ms to 366 days")
    }
    rule = .every(period)
  }

  /// Reads five fields as in crontab(5), with names, ranges, steps and lists, or a nickname such as
  /// `@hourly`. If neither of the two day fields begins with `*`, a day is due if one of them
  /// allows it.
  ///
  /// - Throws: `TimeSeriesError.schedule` with the field that is wrong, or if no day can ever be
  ///   due.
  package init(cron text: String) throws(TimeSeriesError) {
    rule = .cron(try CronExpression(text))
  }

  /// The first due time strictly after `time`, which is clamped to the years 1 to 9999.
  package func next(after time: Milliseconds) -> Milliseconds {
    let valid = AlignmentSettings.validTimes
    let time = min(max(time, valid.lowerBound), valid.upperBound)
    switch rule {
    case .every(let period): return AlignmentSettings.floor(time, to: period) + period
    case .cron(let expression): return expression.next(after: time)
    }
  }
}
