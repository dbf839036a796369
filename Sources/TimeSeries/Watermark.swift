/// The newest event time of the admitted points of a partition.
///
/// All streams of a partition share one watermark. It is part of a snapshot, and after an abort the
/// owner restores the committed value. It is never later than a record time plus the tolerance,
/// because later points are not admitted (`AlignmentTable.screen`).
package struct Watermark: Sendable, Equatable {
  package var time: Milliseconds

  /// - Parameter time: the watermark of a snapshot; `.min` if no event time has been seen.
  package init(time: Milliseconds = .min) { self.time = time }

  /// Moves the watermark forward to `newTime`, never back. A tick, which closes the buckets of a
  /// silent partition, also calls this, at its recorded offset.
  @inlinable
  package mutating func observe(_ newTime: Milliseconds) { time = max(time, newTime) }
}
