package import TimeSeries

/// Corrects the forecasts of a stream by the values that follow, and chooses the forecaster of each
/// series.
///
/// Each series has at most one tracked forecast: the forecasts of the network and of all baselines
/// at one origin, until the horizon has passed. Each value that is compared with it updates:
/// - the shifts of the network's levels and the widenings of the intervals (`QuantileCalibration`),
/// - the spread of each baseline's errors, from which its quantiles come,
/// - the running pinball losses, in units of the spread of the series, which decide the choice of
///   the forecaster at the next tracked origin (`CalibrationTable+Choice`).
///
/// Each value also updates the states of the baselines. docs/calibration.md has the equations.
///
/// - Complexity: O(levels · baselines) for each value and O(horizon · levels) for each forecast,
///   without allocation. The memory is `bytesPerSeries`, whatever the history.
package struct CalibrationTable: SeriesTable {
  package let settings: CalibrationSettings
  /// Coverage of the tracked forecasts in the form in which they would have been published.
  package internal(set) var coverage: CoverageMeter
  let layout: CalibrationLayout
  /// Origin of the tracked forecast; `.min` if the next forecast will be tracked, `pause` if it
  /// will not.
  var origin = Column<Int64>(width: 1, initial: .min)
  /// `TrackedScale`, then level and trend of Holt–Winters.
  var frame = Column<Double>(width: CalibrationPointers.frameWidth, initial: 0)
  var tracked: Column<Int16>
  var shifts: Column<Int16>
  var learned: Column<Float>
  /// Number of values that were compared with a tracked forecast, and number of values that
  /// Holt–Winters has seen.
  var counts = Column<Int32>(width: CalibrationPointers.countsWidth, initial: 0)
  /// Chosen candidate, chosen baseline, and whether the network of the tracked forecast was
  /// trained.
  var choice = Column<UInt8>(width: CalibrationPointers.choiceWidth, initial: 0)

  /// - Parameter timeZone: of seasons of whole days; `nil` if time is an index.
  /// - Precondition: the settings are valid. Seasons and levels ascend; there are at most two
  ///   seasons.
  package init(
    settings: CalibrationSettings, interval: Milliseconds, seasons: [Int], horizon: Int,
    levels: [Double], isNonNegative: Bool, timeZone: TimeZoneRules? = .utc
  ) {
    precondition(seasons.count <= 2 && horizon > 0 && !levels.isEmpty)
    self.settings = settings
    layout = CalibrationLayout(
      interval: interval, seasons: seasons, horizon: horizon, levels: levels,
      isNonNegative: isNonNegative, timeZone: timeZone)
    coverage = CoverageMeter(intervalCount: layout.intervals.count)
    tracked = Column(width: layout.trackedSize, initial: 0)
    shifts = Column(width: layout.shiftsSize, initial: 0)
    learned = Column(width: layout.places.size, initial: 0)
  }

  package var count: Int { origin.count }

  /// The central intervals of the levels, outermost first.
  package var intervals: [CentralInterval] { layout.intervals }

  /// Bytes of all columns for one series.
  package var bytesPerSeries: Int {
    8 + 8 * frame.width + 2 * (tracked.width + shifts.width) + 4 * learned.width
      + 4 * counts.width + choice.width
  }

  /// Whether the series is young: fewer of its values were compared with a tracked forecast than
  /// the horizon has steps.
  package func isYoung(row: Int) -> Bool {
    Int(counts.elements[row * counts.width]) < layout.horizon
  }

  /// Stands in place of an origin after a tracked forecast has ended: the next origin is not
  /// tracked. Otherwise a horizon of exactly one season would always be tracked from the same
  /// phase.
  static let pause: Milliseconds = .min + 1

  // MARK: - A value

  /// Processes the values of one step of each series: compares them with the tracked forecasts,
  /// then updates the baselines.
  ///
  /// - Parameters:
  ///   - rows: distinct.
  ///   - values: NaN if missing.
  ///   - lags: values of each series before its step.
  /// - Precondition: the steps of a series come in order of time, on the grid. There is at least
  ///   one row.
  package mutating func observe(
    rows: [Int], times: [Milliseconds], values: [Double], lags: [BaselineLags]
  ) {
    precondition(
      rows.count == times.count && rows.count == values.count && rows.count == lags.count)
    let (layout, settings) = (layout, settings)
    // The meter is moved out of the table, so that its change makes no copy.
    var meter = CoverageMeter(intervalCount: 0)
    swap(&meter, &coverage)
    withPointers { state in
      withUnsafeTemporaryAllocation(
        of: Double.self,
        capacity: CalibrationUpdate.scratchCount(layout) + layout.autoregression.size
      ) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        var update = CalibrationUpdate(
          layout: layout, settings: settings, state: state, scratch: scratch)
        let regressors = scratch + CalibrationUpdate.scratchCount(layout)
        var leads = ClockLeads()
        for index in rows.indices {
          let (row, value) = (rows[index], values[index])
          if state.origins[row] > Self.pause {
            let step = Int((times[index] - state.origins[row]) / layout.interval) - 1
            if value.isFinite, step >= 0, step < layout.horizon {
              update.compare(row: row, step: step, value: value)
              meter.note(value, values: update.published, intervals: layout.intervals)
            }
            if step >= layout.horizon - 1 { state.origins[row] = Self.pause }
          }
          guard settings.baselines else { continue }
          leads.move(to: times[index], layout.civil, past: 0, ahead: 0)
          Self.moveBaselines(
            layout, state, row: row,
            phase: layout.phase(of: times[index], lead: leads.lead(0)), value: value,
            lags: lags[index], regressors: regressors)
        }
      }
    }
    swap(&meter, &coverage)
  }

  private static func moveBaselines(
    _ layout: borrowing CalibrationLayout, _ state: CalibrationPointers, row: Int,
    phase: Int, value: Double, lags: BaselineLags,
    regressors x: UnsafeMutablePointer<Double>
  ) {
    var smoothing = state.smoothing(row)
    guard value.isFinite else {
      layout.holtWinters.skip(&smoothing)
      state.store(smoothing, row: row)
      return
    }
    layout.holtWinters.update(
      &smoothing, profile: state.profile(row), phase: phase, value: value)
    state.store(smoothing, row: row)
    let regression = layout.autoregression
    let factor = 1 / lags.scale.deviation
    let mean = lags.scale.mean
    x[0] = (lags.last - mean) * factor
    x[1] = ((regression.seasonCount == 0 ? lags.shortBefore : lags.short) - mean) * factor
    if regression.seasonCount > 0 { x[2] = (lags.shortBefore - mean) * factor }
    if regression.seasonCount > 1 {
      x[3] = (lags.long - mean) * factor
      x[4] = (lags.longBefore - mean) * factor
    }
    x[regression.size - 1] = 1
    regression.update(state.regression(row), regressors: x, value: (value - mean) * factor)
  }

  /// Resets the tracked forecast and the states of the baselines after a long gap, but not the
  /// corrections and losses.
  package mutating func restart(row: Int) {
    origin[row] = .min
    let layout = layout
    withPointers { state in
      state.store(HoltWinters.State(), row: row)
      state.profile(row).update(repeating: 0, count: layout.holtWinters.slots)
      layout.autoregression.reset(state.regression(row))
    }
  }
}
