import TimeSeries

/// Memory for the origins of a block of series; reused from block to block.
package struct BaselineOrigins: ~Copyable {
  package let capacity: Int
  /// The inputs of the baselines at each origin; each has its own memory for the values of its
  /// seasons. Shape: [capacity]
  package let inputs: UnsafeMutablePointer<BaselineInputs>
  /// Whether the values of past seasons are needed: [capacity]
  package let readsSeasons: UnsafeMutablePointer<Bool>
  /// Points of the baseline that is the forecaster, if one is: [capacity, horizon]
  let points: UnsafeMutablePointer<Double>
  /// The baseline that made these points, nil if none can: [capacity]
  let made: UnsafeMutablePointer<BaselineKind?>
  /// Scratch for the points of all baselines at one origin: [kinds, horizon]
  let candidates: UnsafeMutablePointer<Double>
  private let seasons: UnsafeMutablePointer<Double>
  private let width: Int

  package init(capacity: Int, horizon: Int) {
    precondition(capacity > 0 && horizon > 0)
    self.capacity = capacity
    width = horizon + 1
    inputs = .allocate(capacity: capacity)
    readsSeasons = .allocate(capacity: capacity)
    points = .allocate(capacity: capacity * horizon)
    made = .allocate(capacity: capacity)
    candidates = .allocate(capacity: CalibrationLayout.baselineCount * horizon)
    seasons = .allocate(capacity: 2 * capacity * width)
    readsSeasons.initialize(repeating: false, count: capacity)
    points.initialize(repeating: .nan, count: capacity * horizon)
    made.initialize(repeating: nil, count: capacity)
    candidates.initialize(repeating: .nan, count: CalibrationLayout.baselineCount * horizon)
    seasons.initialize(repeating: .nan, count: 2 * capacity * width)
    for number in 0..<capacity {
      let (short, long) = seasons(number)
      (inputs + number).initialize(
        to: BaselineInputs(
          time: 0, newest: .nan, scale: SeriesScale(mean: 0, deviation: 1, unit: 1), short: short,
          long: long))
    }
  }

  deinit {
    inputs.deallocate()
    readsSeasons.deallocate()
    points.deallocate()
    made.deallocate()
    candidates.deallocate()
    seasons.deallocate()
  }

  /// Memory for the values of both seasons at an origin: [horizon + 1] each.
  package func seasons(
    _ number: Int
  ) -> (short: UnsafeMutablePointer<Double>, long: UnsafeMutablePointer<Double>) {
    (seasons + 2 * number * width, seasons + (2 * number + 1) * width)
  }
}
