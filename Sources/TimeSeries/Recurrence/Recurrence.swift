/// The times at which a planned window comes again: those of a rule and single ones, without those
/// that were taken out.
///
/// - Source: RFC 5545, 3.8.5. A rule counts by the clock of the zone; a time that the clock leaves out
///   in spring is read with the offset before the change, and of one that it shows twice in autumn the
///   first is meant (3.3.5).
package struct Recurrence: Sendable, Equatable {
  /// How long each window lasts: days of the zone, of 23 to 25 hours, then an exact time.
  package struct Length: Sendable, Equatable {
    package var days: Int
    package var milliseconds: Milliseconds

    package init(days: Int = 0, milliseconds: Milliseconds = 0) {
      self.days = days
      self.milliseconds = milliseconds
    }
  }

  /// More windows are not counted: a rule that ends by a number that high has no end.
  package static let countMaximum = 10_000
  private static let day: Milliseconds = 86_400_000
  /// No clock is further from UTC, and no change of one is larger.
  private static let offsetMaximum: Milliseconds = 26 * 3_600_000

  package private(set) var rule: RecurrenceRule?
  /// The local begin of the first window.
  package let start: Milliseconds
  package let zone: TimeZoneRules
  package let length: Length
  /// Windows that come beside those of the rule.
  package var added: [Range<Milliseconds>] = []
  /// Begins of windows that don't come, and days of the zone, since 1970, on which none begins; both
  /// ascending.
  private var excluded: [Milliseconds] = []
  private var excludedDays: [Int64] = []

  package init(
    rule: RecurrenceRule?, start: Milliseconds, zone: TimeZoneRules, length: Length
  ) {
    self.rule = rule?.completed(from: start, in: zone)
    self.start = start
    self.zone = zone
    self.length = length
  }

  /// Takes windows out.
  ///
  /// - Parameters:
  ///   - times: their begins.
  ///   - days: local times; no window begins on their days.
  package mutating func exclude(times: [Milliseconds], days: [Milliseconds]) {
    excluded = Set(excluded + times).sorted()
    excludedDays = Set(excludedDays + days.map(Self.day(of:))).sorted()
  }

  /// Replaces the number of windows of a rule by the time of the last one, so that it can be asked for
  /// any range of time at once.
  ///
  /// - Throws: `TimeSeriesError.recurrence` if the number is too high.
  package mutating func limitCount() throws(TimeSeriesError) {
    guard var rule, let count = rule.count else { return }
    guard count <= Self.countMaximum else {
      throw .recurrence(
        text: rule.text,
        problem: "COUNT is more than \(Self.countMaximum): write UNTIL, or leave it out")
    }
    rule.count = nil
    // The first window counts, whether the rule has it or not.
    var last = start
    var found = 1
    var from = start + 1
    let end = start + 100 * 366 * Self.day
    while found < count, from < end {
      let starts = rule.starts(from: start, in: from..<from + 366 * Self.day)
        .prefix(count - found)
      found += starts.count
      last = starts.last ?? last
      from += 366 * Self.day
    }
    rule.until = .local(last)
    self.rule = rule
  }

  /// The windows that overlap a range, ascending by begin.
  package func spans(in range: Range<Milliseconds>) -> [Range<Milliseconds>] {
    let lengthMaximum =
      Int64(length.days) * Self.day + length.milliseconds + Self.offsetMaximum
    let local =
      range.lowerBound - lengthMaximum - Self.offsetMaximum..<range.upperBound + Self.offsetMaximum
    var spans = added
    var starts = rule?.starts(from: start, in: local) ?? []
    if local.contains(start), starts.first != start { starts.append(start) }
    for start in starts where !Self.contains(excludedDays, Self.day(of: start)) {
      spans.append(span(at: start))
    }
    return spans.filter { $0.overlaps(range) && !Self.contains(excluded, $0.lowerBound) }
      .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
  }

  /// The window that begins at a local time.
  package func span(at start: Milliseconds) -> Range<Milliseconds> {
    let begin = zone.time(ofLocal: start)
    let end = zone.time(ofLocal: start + Int64(length.days) * Self.day) + length.milliseconds
    return begin..<max(begin + 1, end)
  }

  private static func day(of local: Milliseconds) -> Int64 {
    AlignmentSettings.floor(local, to: day) / day
  }

  private static func contains<Number: Comparable>(_ numbers: [Number], _ number: Number) -> Bool {
    var low = 0
    var high = numbers.count
    while low < high {
      let middle = (low + high) / 2
      if numbers[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low < numbers.count && numbers[low] == number
  }
}
