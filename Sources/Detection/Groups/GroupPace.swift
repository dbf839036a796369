package import TimeSeries

/// The times of a stream that matter to its groups.
package struct GroupPace: Sendable, Equatable {
  let interval: Milliseconds
  let week: Milliseconds
  /// The time within which openings belong together: five minutes, or three steps if they are longer.
  let window: Milliseconds

  /// - Parameter interval: of the stream; an index counts as minutes.
  package init(interval: Milliseconds, timeIsIndex: Bool = false) {
    self.interval = interval
    week = timeIsIndex ? 10_080 * interval : 604_800_000
    window = max(timeIsIndex ? 5 * interval : 300_000, 3 * interval)
  }
}
