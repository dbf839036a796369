/// A closed bucket of a series: the input of the forecaster and the detector.
package struct Step: Sendable, BitwiseCopyable, Equatable {
  package struct Flags: OptionSet, Sendable, BitwiseCopyable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The first step after a gap longer than the maximum: the kept recent past of the series is no
    /// longer valid.
    package static let restart = Flags(rawValue: 1)
    /// The bucket has points, but they give no value: the first value of a counter, a reset of it,
    /// or a sum beyond the range of a Float64.
    package static let valueless = Flags(rawValue: 2)
    /// A masked step whose forecast is not published: another masked step follows at once, or
    /// nothing comes at all and the gap has had its forecast.
    package static let superseded = Flags(rawValue: 4)
    /// A counter was reset. The step is valueless.
    package static let reset = Flags(rawValue: 8)
  }

  package var row: Int32
  package var flags: Flags
  /// Points of the bucket, as far as they can be counted; 0 where they are not known.
  package var readings: UInt16
  /// End of the bucket.
  package var time: Milliseconds
  /// The value; NaN in a masked step, which is a bucket without a value.
  package var value: Double

  package init(
    row: Int32, time: Milliseconds, value: Double, flags: Flags = [], readings: UInt16 = 0
  ) {
    self.row = row
    self.readings = readings
    self.flags = flags
    self.time = time
    self.value = value
  }

  package var isMasked: Bool { value.isNaN }
  package var isSuperseded: Bool { flags.contains(.superseded) }
  package var isRestart: Bool { flags.contains(.restart) }

  /// Two masked steps of one row and time are equal. How many points there were makes no difference.
  package static func == (left: Step, right: Step) -> Bool {
    left.row == right.row && left.flags == right.flags && left.time == right.time
      && (left.value == right.value || left.isMasked && right.isMasked)
  }
}
