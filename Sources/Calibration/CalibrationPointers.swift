import TimeSeries

/// The columns of a `CalibrationTable` as memory, for the length of one call.
struct CalibrationPointers {
  let origins: UnsafeMutablePointer<Int64>
  let frames: UnsafeMutablePointer<Double>
  let flights: UnsafeMutablePointer<Int16>
  let shiftRows: UnsafeMutablePointer<Int16>
  let numberRows: UnsafeMutablePointer<Float>
  let counts: UnsafeMutablePointer<Int32>
  let choices: UnsafeMutablePointer<UInt8>
  let flightSize: Int
  let shiftsSize: Int
  let numbersSize: Int

  static let frameWidth = 5
  static let countsWidth = 2
  static let choiceWidth = 3
  /// In a flight, for what is not there.
  static let none = Int16.min
  static let largest = 32_767.0

  @inline(__always)
  func numbers(_ row: Int) -> UnsafeMutablePointer<Float> { numberRows + row * numbersSize }
  @inline(__always)
  func flight(_ row: Int) -> UnsafeMutablePointer<Int16> { flights + row * flightSize }
  @inline(__always)
  func shifts(_ row: Int) -> UnsafeMutablePointer<Int16> { shiftRows + row * shiftsSize }
  @inline(__always)
  func frame(_ row: Int) -> UnsafeMutablePointer<Double> { frames + row * Self.frameWidth }
  @inline(__always)
  func choice(_ row: Int) -> UnsafeMutablePointer<UInt8> { choices + row * Self.choiceWidth }

  /// Who makes the series' forecasts at present.
  func forecaster(_ row: Int) -> Forecaster {
    CalibrationTable.forecaster(voice: choice(row)[0], kind: choice(row)[1])
  }

  /// Values that met a forecast in flight.
  @inline(__always)
  func settled(_ row: Int) -> Int { Int(counts[row * Self.countsWidth]) }

  /// Counts a value that met a forecast in flight.
  @inline(__always)
  func countSettled(_ row: Int) {
    counts[row * Self.countsWidth] = min(counts[row * Self.countsWidth] + 1, 1 << 24)
  }

  func smoothing(_ row: Int) -> HoltWinters.State {
    let frame = frame(row)
    return HoltWinters.State(
      level: frame[3], trend: frame[4], count: Int(counts[row * Self.countsWidth + 1]))
  }

  func store(_ state: HoltWinters.State, row: Int) {
    let frame = frame(row)
    frame[3] = state.level
    frame[4] = state.trend
    counts[row * Self.countsWidth + 1] = Int32(state.count)
  }
}

/// The number scale of a forecast in flight: 16 bits for each value.
struct FlightScale {
  let base: Double
  let quantum: Double
  /// Unit of losses: the series' spread at the origin.
  let unit: Double

  @inline(__always)
  func value(_ stored: Int16) -> Double { base + quantum * Double(stored) }

  /// What is beyond the scale is as good as not there.
  @inline(__always)
  func stored(_ value: Double) -> Int16 {
    let scaled = (value - base) / quantum
    guard abs(scaled) < CalibrationPointers.largest + 0.5 else { return CalibrationPointers.none }
    // To the nearest, which adding 1.5 · 2^52 leaves in the low bits; halves away from zero.
    let shift = 6_755_399_441_055_744.0
    let sum = scaled + shift
    let nearest = Int16(truncatingIfNeeded: sum.bitPattern)
    let rest = scaled - (sum - shift)
    return nearest &+ (rest == 0.5 && scaled > 0 ? 1 : rest == -0.5 && scaled < 0 ? -1 : 0)
  }
}
