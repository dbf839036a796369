/// A closed bucket of a series: what the forecaster and the detector are stepped with.
package struct Step: Sendable, BitwiseCopyable, Equatable {
  package struct Flags: OptionSet, Sendable, BitwiseCopyable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// First step after a gap of more than the maximum: what the state knew of the recent past
    /// is over.
    package static let restart = Flags(rawValue: 1)
    /// There were readings but they give no value: a counter's first reading or its reset.
    package static let valueless = Flags(rawValue: 2)
  }

  package var row: Int32
  package var flags: Flags
  /// End of the bucket.
  package var time: Milliseconds
  /// Not a number where the step is masked: the time passed, but there is no value.
  package var value: Double

  package init(row: Int32, time: Milliseconds, value: Double, flags: Flags = []) {
    self.row = row
    self.flags = flags
    self.time = time
    self.value = value
  }

  package var isMasked: Bool { value.isNaN }
  package var isRestart: Bool { flags.contains(.restart) }

  /// Two masked steps of one row and time are equal.
  package static func == (left: Step, right: Step) -> Bool {
    left.row == right.row && left.flags == right.flags && left.time == right.time
      && (left.value == right.value || left.isMasked && right.isMasked)
  }
}
