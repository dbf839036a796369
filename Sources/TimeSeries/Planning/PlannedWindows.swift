/// All planned windows of a stream: a value that can be asked for its windows in any range of time.
///
/// What is planned for a time follows from the time alone, so that a replay of the log meets the same
/// windows. `PlannedSteps` asks it on the path of a point.
package struct PlannedWindows: Sendable, Equatable {
  package static let none = PlannedWindows([])

  package private(set) var windows: [PlannedWindow]

  package init(_ windows: [PlannedWindow]) { self.windows = windows }

  package var isEmpty: Bool { windows.isEmpty }

  /// The windows of both.
  package static func + (left: PlannedWindows, right: [PlannedWindow]) -> PlannedWindows {
    PlannedWindows(left.windows + right)
  }

  /// Those that are for a stream.
  package func of(stream name: String) -> PlannedWindows {
    PlannedWindows(windows.filter { $0.streams?.contains(name) ?? true })
  }

  /// One window in time.
  package struct Occurrence: Sendable, Equatable {
    /// Index in `windows`.
    package var window: Int
    package var span: Range<Milliseconds>
  }

  /// The windows that overlap a range, ascending by begin.
  package func occurrences(in range: Range<Milliseconds>) -> [Occurrence] {
    var found: [Occurrence] = []
    for (number, window) in windows.enumerated() {
      found += window.spans(in: range).map { Occurrence(window: number, span: $0) }
    }
    return found.sorted {
      ($0.span.lowerBound, $0.window) < ($1.span.lowerBound, $1.window)
    }
  }

  /// The next windows that end after a time, in the five years after it.
  package func next(after time: Milliseconds, atMost count: Int) -> [Occurrence] {
    // Most calendars have some windows within days; a holiday comes once a year.
    for days: Milliseconds in [32, 366, 5 * 366] {
      let found = occurrences(in: time..<time + days * 86_400_000)
      if found.count >= count || days == 5 * 366 { return Array(found.prefix(count)) }
    }
    return []
  }
}
