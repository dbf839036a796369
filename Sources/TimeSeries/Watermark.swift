/// How far event time has come in a partition: the newest time of any admitted point in it.
///
/// One value for all streams of a partition; it is part of a snapshot, and the owner puts the
/// committed value back on an abort. It is never beyond a record's time plus the tolerance,
/// since points beyond that are not admitted (`AlignmentTable.screen`).
package struct Watermark: Sendable, Equatable {
  package var time: Milliseconds

  /// - Parameter time: what a snapshot held; without one, no event time has been seen.
  package init(time: Milliseconds = .min) { self.time = time }

  /// Moves forward to `newTime`, never back; a timer tick that closes the buckets of a silent
  /// partition comes in here too, at its recorded offset.
  @inlinable
  package mutating func observe(_ newTime: Milliseconds) { time = max(time, newTime) }
}
