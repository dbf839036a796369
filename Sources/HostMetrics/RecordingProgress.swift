/// How far a recording is.
package struct RecordingProgress: Equatable, Sendable {
  /// Instants sampled.
  package internal(set) var samples = 0
  /// Instants slept through.
  package internal(set) var skipped = 0
  package internal(set) var bytes = 0
  /// From the first instant to the latest.
  package internal(set) var elapsedNanoseconds: Int64 = 0
}
