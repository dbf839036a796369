/// A window that operators have planned, a maintenance or a holiday: once, or again and again.
package struct PlannedWindow: Sendable, Equatable {
  /// The longest window that recurs. Windows that come once may be as long as they are.
  package static let recurringSpanMaximum: Milliseconds = 366 * 86_400_000

  /// Whoever plans the window names it; ids of different origins may be equal.
  package var id: String
  /// The series that it is for; nil for all.
  package var series: SeriesPattern?
  /// The names of the streams that it is for; nil for all.
  package var streams: Set<String>?
  /// The window, or the first of a recurring one.
  package var span: Range<Milliseconds>
  package var recurrence: Recurrence?
  package var effect: PlannedEffect
  package var summary: String

  package init(
    id: String, span: Range<Milliseconds>, recurrence: Recurrence? = nil,
    series: SeriesPattern? = nil, streams: Set<String>? = nil, effect: PlannedEffect = .both,
    summary: String = ""
  ) {
    self.id = id
    self.series = series
    self.streams = streams
    self.span = span
    self.recurrence = recurrence
    self.effect = effect
    self.summary = summary
  }

  /// A window as a control record plans it.
  ///
  /// - Parameters:
  ///   - from: the begin; with a rule, that of the first window.
  ///   - rule: a recurrence rule of RFC 5545, `FREQ=WEEKLY;BYDAY=SU`, by the clock of the zone.
  ///   - zone: by whose clock the window recurs.
  /// - Throws: `TimeSeriesError.window` if the window is empty or recurs but is longer than a year,
  ///   `TimeSeriesError.recurrence` if the rule cannot be read.
  package init(
    id: String, from: Milliseconds, to end: Milliseconds, rule: String? = nil,
    zone: TimeZoneRules = .utc, series: SeriesPattern? = nil, streams: Set<String>? = nil,
    effect: PlannedEffect = .both, summary: String = ""
  ) throws(TimeSeriesError) {
    let valid = AlignmentSettings.validTimes
    guard valid.contains(from), valid.contains(end), from < end else {
      throw .window(text: id, problem: "must end after its begin, both in the years 1 to 9999")
    }
    guard rule == nil || end - from <= Self.recurringSpanMaximum else {
      throw .window(text: id, problem: "recurs, and is longer than 366 days")
    }
    var recurrence: Recurrence?
    if let rule {
      recurrence = Recurrence(
        rule: try RecurrenceRule(rule), start: zone.local(from), zone: zone,
        length: Recurrence.Length(milliseconds: end - from))
      try recurrence?.limitCount()
    }
    self.init(
      id: id, span: from..<end, recurrence: recurrence, series: series, streams: streams,
      effect: effect, summary: summary)
  }

  /// The windows that overlap a range, ascending by begin.
  package func spans(in range: Range<Milliseconds>) -> [Range<Milliseconds>] {
    guard let recurrence else { return span.overlaps(range) ? [span] : [] }
    return recurrence.spans(in: range)
  }
}
