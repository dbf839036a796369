package import TimeSeries

/// What a step's baselines are updated with: values before it, not a number where unknown.
package struct BaselineLags: Sendable, BitwiseCopyable {
  /// One step before.
  package var last: Double
  /// One short season before (one step where there is no season), and a step before that.
  package var short: Double
  package var shortBefore: Double
  /// The same for the long season.
  package var long: Double
  package var longBefore: Double
  package var scale: SeriesScale

  package init(
    last: Double, short: Double, shortBefore: Double, long: Double, longBefore: Double,
    scale: SeriesScale
  ) {
    self.last = last
    self.short = short
    self.shortBefore = shortBefore
    self.long = long
    self.longBefore = longBefore
    self.scale = scale
  }
}

/// The level and the spread of a series, in its own unit; both spreads are above zero.
package struct SeriesScale: Sendable, BitwiseCopyable {
  package var mean: Double
  package var deviation: Double
  /// How far the value one season before is off, on average.
  package var unit: Double

  package init(mean: Double, deviation: Double, unit: Double) {
    self.mean = mean
    self.deviation = deviation
    self.unit = unit
  }
}

/// What the baselines forecast from at an origin.
package struct BaselineInputs: BitwiseCopyable {
  /// Of the newest step, whose bucket ends then.
  package var time: Milliseconds
  /// The newest known value.
  package var newest: Double
  package var scale: SeriesScale
  /// Values one short season before the newest step and before each step ahead; as many seasons as
  /// it takes to be known, not a number where none is. Shape: [horizon + 1]
  package var short: UnsafePointer<Double>
  /// The same for the long season.
  package var long: UnsafePointer<Double>

  package init(
    time: Milliseconds, newest: Double, scale: SeriesScale, short: UnsafePointer<Double>,
    long: UnsafePointer<Double>
  ) {
    self.time = time
    self.newest = newest
    self.scale = scale
    self.short = short
    self.long = long
  }
}

/// The origins of a block of series; its memory is reused from block to block.
package struct BaselineOrigins: ~Copyable {
  package let capacity: Int
  /// Each with memory of its own for the values of its seasons. Shape: [capacity]
  package let inputs: UnsafeMutablePointer<BaselineInputs>
  /// Whether the values of its seasons are asked for: [capacity]
  package let readsSeasons: UnsafeMutablePointer<Bool>
  /// The points of the baseline that forecasts, where one does: [capacity, horizon]
  let points: UnsafeMutablePointer<Double>
  /// Scratch, the points of all baselines at one origin: [kinds, horizon]
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
    candidates = .allocate(capacity: CalibrationLayout.baselineCount * horizon)
    seasons = .allocate(capacity: 2 * capacity * width)
    readsSeasons.initialize(repeating: false, count: capacity)
    points.initialize(repeating: .nan, count: capacity * horizon)
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
    candidates.deallocate()
    seasons.deallocate()
  }

  /// Where the values of both seasons of an origin go: [horizon + 1] each.
  package func seasons(
    _ number: Int
  ) -> (short: UnsafeMutablePointer<Double>, long: UnsafeMutablePointer<Double>) {
    (seasons + 2 * number * width, seasons + (2 * number + 1) * width)
  }
}

extension CalibrationLayout {
  /// The points of one baseline, or a first one that is not a number where it cannot forecast.
  ///
  /// - Shape: points [H]
  func points(
    of kind: BaselineKind, _ inputs: BaselineInputs, state: CalibrationPointers,
    row: Int, into points: UnsafeMutablePointer<Double>
  ) {
    switch kind {
    case .naive: points.update(repeating: inputs.newest, count: horizon)
    case .seasonalNaive:
      copySeason(shortSeason, inputs.short, newest: inputs.newest, into: points)
    case .longSeasonalNaive:
      copySeason(longSeason, inputs.long, newest: inputs.newest, into: points)
    case .holtWinters:
      let smoothing = state.smoothing(row)
      guard smoothing.count >= holtWinters.countMinimum else {
        points[0] = .nan
        return
      }
      holtWinters.forecast(
        smoothing, profile: state.profile(row),
        phase: phase(of: inputs.time + interval, season: shortSeason), horizon: horizon,
        into: points)
    case .autoregression:
      guard state.comparedCount(row) >= horizon else {
        points[0] = .nan
        return
      }
      regress(inputs, state: state.regression(row), into: points)
    }
  }

  private func copySeason(
    _ season: Int, _ values: UnsafePointer<Double>, newest: Double,
    into points: UnsafeMutablePointer<Double>
  ) {
    guard season > 0 else {
      points[0] = .nan
      return
    }
    for step in 0..<horizon {
      points[step] = values[step + 1]
      if points[step].isNaN {
        points[0] = .nan
        return
      }
    }
  }

  private func regress(
    _ inputs: BaselineInputs, state: UnsafePointer<Float>,
    into points: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: autoregression.size) { scratch in
      guard let x = scratch.baseAddress else { return }
      let factor = 1 / inputs.scale.deviation
      let mean = inputs.scale.mean
      var previous = (inputs.newest - mean) * factor
      var beforePrevious = (inputs.short[0] - mean) * factor
      for step in 0..<horizon {
        x[0] = previous
        if autoregression.seasonCount == 0 {
          x[1] = beforePrevious
        } else {
          x[1] = (inputs.short[step + 1] - mean) * factor
          x[2] = (inputs.short[step] - mean) * factor
        }
        if autoregression.seasonCount > 1 {
          x[3] = (inputs.long[step + 1] - mean) * factor
          x[4] = (inputs.long[step] - mean) * factor
        }
        x[autoregression.size - 1] = 1
        beforePrevious = previous
        previous = autoregression.predict(state, regressors: x)
        points[step] = mean + inputs.scale.deviation * previous
      }
    }
  }
}
