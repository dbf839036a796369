/// When something recurs: at the multiples of a period since 1970, or as a cron expression in UTC.
package struct Schedule: Sendable, Equatable {
  private enum Rule: Equatable {
    case every(Milliseconds)
    case cron(CronExpression)
  }

  private let rule: Rule

  /// - Throws: `TimeSeriesError.schedule` where the period is not from 1 ms to 366 days.
  package init(every period: Milliseconds) throws(TimeSeriesError) {
    guard (1...366 * 86_400_000).contains(period) else {
      throw .schedule(field: "period", problem: "must be from 1 ms to 366 days")
    }
    rule = .every(period)
  }

  /// Five fields as in crontab(5), with names, ranges, steps and lists, or a nickname such as
  /// `@hourly`; a day need be right in only one of the two day fields where neither begins with
  /// `*`.
  ///
  /// - Throws: `TimeSeriesError.schedule` naming the field, also where no day can ever be right.
  package init(cron text: String) throws(TimeSeriesError) {
    rule = .cron(try CronExpression(text))
  }

  /// The first time it is due strictly after `time` (taken as within the years 1 to 9999).
  package func next(after time: Milliseconds) -> Milliseconds {
    let valid = AlignmentSettings.validTimes
    let time = min(max(time, valid.lowerBound), valid.upperBound)
    switch rule {
    case .every(let period): return AlignmentSettings.floor(time, to: period) + period
    case .cron(let expression): return expression.next(after: time)
    }
  }
}
