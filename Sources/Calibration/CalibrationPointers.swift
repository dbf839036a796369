import TimeSeries

/// The columns of a `CalibrationTable` as memory, valid for the length of one call.
///
/// Only this type, `LearnedPlaces` and `TrackedScale` know the places of the numbers in a row.
struct CalibrationPointers {
  let origins: UnsafeMutablePointer<Int64>
  let frames: UnsafeMutablePointer<Double>
  let trackedRows: UnsafeMutablePointer<Int16>
  let shiftRows: UnsafeMutablePointer<Int16>
  let learnedRows: UnsafeMutablePointer<Float>
  let counts: UnsafeMutablePointer<Int32>
  let choices: UnsafeMutablePointer<UInt8>
  let trackedSize: Int
  let shiftsSize: Int
  let places: LearnedPlaces

  static let frameWidth = 5
  static let countsWidth = 2
  static let choiceWidth = 3
  /// The tracked number of a value that does not exist.
  static let none = Int16.min

  // MARK: - The tracked forecast

  @inline(__always)
  func tracked(_ row: Int) -> UnsafeMutablePointer<Int16> { trackedRows + row * trackedSize }

  @inline(__always)
  func scale(_ row: Int) -> TrackedScale {
    let frame = frames + row * Self.frameWidth
    return TrackedScale(base: frame[0], quantum: frame[1], unit: frame[2])
  }

  func store(_ scale: TrackedScale, row: Int) {
    let frame = frames + row * Self.frameWidth
    frame[0] = scale.base
    frame[1] = scale.quantum
    frame[2] = scale.unit
  }

  /// Number of values that were compared with a tracked forecast.
  @inline(__always)
  func comparedCount(_ row: Int) -> Int { Int(counts[row * Self.countsWidth]) }

  /// Counts a value that was compared with a tracked forecast.
  @inline(__always)
  func countCompared(_ row: Int) {
    counts[row * Self.countsWidth] = min(counts[row * Self.countsWidth] + 1, 1 << 24)
  }

  // MARK: - What was learned

  /// Shifts: [G, L]
  @inline(__always)
  func shifts(_ row: Int) -> UnsafeMutablePointer<Int16> { shiftRows + row * shiftsSize }

  /// All learned numbers of a series: [places.size]
  @inline(__always)
  func learned(_ row: Int) -> UnsafeMutablePointer<Float> { learnedRows + row * places.size }

  /// Widenings of the intervals, then how far values are outside and inside: [P + 2]
  @inline(__always)
  func coverage(of candidate: Candidate, row: Int) -> UnsafeMutablePointer<Float> {
    learned(row) + Int(candidate.rawValue) * places.coverageWidth
  }

  /// Running loss of the forecasts that the candidate would have published.
  @inline(__always)
  func loss(of candidate: Candidate, row: Int) -> UnsafeMutablePointer<Float> {
    learned(row) + places.losses + Int(candidate.rawValue)
  }

  /// Running losses of all baselines, of forecasts without widenings: [K]
  @inline(__always)
  func baselineLosses(_ row: Int) -> UnsafeMutablePointer<Float> {
    learned(row) + places.baselineLosses
  }

  /// Mean absolute errors of a baseline in each group of steps: [G]
  @inline(__always)
  func spreads(of kind: Int, row: Int) -> UnsafeMutablePointer<Float> {
    learned(row) + places.spreads + kind * places.groups
  }

  // MARK: - The choice

  /// The forecaster of the series at present.
  func forecaster(_ row: Int) -> Forecaster {
    switch candidate(row) {
    case .network: .network
    case .baseline: .baseline(BaselineKind(rawValue: baseline(row)) ?? .naive)
    }
  }

  @inline(__always)
  func candidate(_ row: Int) -> Candidate {
    Candidate(rawValue: choices[row * Self.choiceWidth]) ?? .network
  }

  func choose(_ candidate: Candidate, row: Int) {
    choices[row * Self.choiceWidth] = candidate.rawValue
  }

  /// The kind of the baseline that competes with the network.
  @inline(__always)
  func baseline(_ row: Int) -> Int { Int(choices[row * Self.choiceWidth + 1]) }

  func chooseBaseline(_ kind: Int, row: Int) {
    choices[row * Self.choiceWidth + 1] = UInt8(kind)
  }

  /// Whether the network that made the tracked forecast was trained.
  @inline(__always)
  func isTrained(_ row: Int) -> Bool { choices[row * Self.choiceWidth + 2] != 0 }

  func noteTrained(_ isTrained: Bool, row: Int) {
    choices[row * Self.choiceWidth + 2] = isTrained ? 1 : 0
  }

  // MARK: - States of the baselines

  func smoothing(_ row: Int) -> HoltWinters.State {
    let frame = frames + row * Self.frameWidth
    return HoltWinters.State(
      level: frame[3], trend: frame[4], count: Int(counts[row * Self.countsWidth + 1]))
  }

  func store(_ state: HoltWinters.State, row: Int) {
    let frame = frames + row * Self.frameWidth
    frame[3] = state.level
    frame[4] = state.trend
    counts[row * Self.countsWidth + 1] = Int32(state.count)
  }

  /// The profile of Holt–Winters: [slots]
  @inline(__always)
  func profile(_ row: Int) -> UnsafeMutablePointer<Float> { learned(row) + places.profile }

  @inline(__always)
  func regression(_ row: Int) -> UnsafeMutablePointer<Float> { learned(row) + places.regression }
}

/// The scale in which the tracked forecasts of a series are stored, with 16 bits for each value.
struct TrackedScale {
  static let largest = 32_767.0

  let base: Double
  let quantum: Double
  /// Unit of losses: the spread of the series at the origin.
  let unit: Double

  @inline(__always)
  func value(_ stored: Int16) -> Double { base + quantum * Double(stored) }

  /// Converts a value; one that is beyond the scale becomes `none`.
  @inline(__always)
  func stored(_ value: Double) -> Int16 {
    let scaled = (value - base) / quantum
    guard abs(scaled) < Self.largest + 0.5 else { return CalibrationPointers.none }
    // Rounds to the nearest integer, halves away from zero. Adding 1.5 · 2^52 leaves the integer in
    // the low bits.
    let shift = 6_755_399_441_055_744.0
    let sum = scaled + shift
    let nearest = Int16(truncatingIfNeeded: sum.bitPattern)
    let rest = scaled - (sum - shift)
    return nearest &+ (rest == 0.5 && scaled > 0 ? 1 : rest == -0.5 && scaled < 0 ? -1 : 0)
  }
}
