import TimeSeries

/// Updates the calibration of a series with one value, which is compared with the tracked forecasts
/// of its step. The struct is reused for the next value.
struct CalibrationUpdate {
  /// Weight of the errors of one horizon in the spread of a baseline, once there are enough of
  /// them.
  private static let spreadRate = 0.05
  /// A value changes nothing if it is further from the forecast than this many times the spread of
  /// the series at the origin. Such a spread is meaningless, like that of a constant series that
  /// begins to move.
  private static let distanceMaximum = 1e4
  /// A loss counts as at most this many times the running loss of the chosen baseline.
  private static let lossMaximum = 2.5

  private let layout: CalibrationLayout
  private let settings: CalibrationSettings
  private let state: CalibrationPointers
  private var row = 0
  private var step = 0
  private var value = Double.nan
  private var scale = TrackedScale(base: 0, quantum: 1, unit: 1)
  // Rows of scratch. Shape: [L]
  private let network: UnsafeMutablePointer<Double>
  private let baseline: UnsafeMutablePointer<Double>
  private let corrected: UnsafeMutablePointer<Double>
  /// The quantiles that the present forecaster would have published for the step; NaN if there are
  /// none.
  let published: UnsafeMutablePointer<Double>

  /// Number of values of scratch.
  static func scratchCount(_ layout: borrowing CalibrationLayout) -> Int { 4 * layout.levelCount }

  init(
    layout: CalibrationLayout, settings: CalibrationSettings, state: CalibrationPointers,
    scratch: UnsafeMutablePointer<Double>
  ) {
    self.layout = layout
    self.settings = settings
    self.state = state
    network = scratch
    baseline = network + layout.levelCount
    corrected = baseline + layout.levelCount
    published = corrected + layout.levelCount
  }

  /// Compares a value with the forecasts that were made for it, and updates the calibration.
  mutating func compare(row: Int, step: Int, value: Double) {
    self.row = row
    self.step = step
    self.value = value
    scale = state.scale(row)
    published.update(repeating: .nan, count: layout.levelCount)
    learn()
    state.countCompared(row)
  }

  private func learn() {
    let isTrained = state.isTrained(row)
    let group = layout.group(of: step)
    let levels = layout.levelCount
    let tracked = state.tracked(row)
    for level in 0..<levels { network[level] = scale.value(tracked[step * levels + level]) }
    let distance = abs(value - network[layout.constants.median])
    guard distance <= Self.distanceMaximum * scale.unit else { return }
    let networkWidth = width(network)
    let shifts = state.shifts(row) + group * levels
    QuantileCalibration.shift(network, by: shifts, width: networkWidth, count: levels)
    if isTrained || state.candidate(row) == .network {
      update(.network, network, width: networkWidth)
    }
    let kind = state.baseline(row)
    if settings.baselines, let point = point(of: kind) {
      let spread = Double(state.spreads(of: kind, row: row)[group])
      let factors = layout.constants.factors
      for level in 0..<levels { baseline[level] = point + spread * factors[level] }
      update(.baseline, baseline, width: width(baseline))
    }
    if isTrained, settings.enabled {
      let stepUnit = QuantileCalibration.stepUnit(
        state.coverage(of: .network, row: row), layout.constants)
      QuantileCalibration.learnShifts(
        shifts, value: value, values: network, tolerance: 2 * scale.quantum,
        rate: settings.shiftRate * stepUnit, layout.constants)
    }
    if settings.baselines { compareBaselines(group: group) }
  }

  private func width(_ values: UnsafePointer<Double>) -> Double {
    QuantileCalibration.width(
      values, layout.constants, floor: CalibrationTable.widthFloor * scale.unit)
  }

  /// Updates the running loss of a candidate, from the quantiles that it would have published, and
  /// the widenings of its intervals.
  private func update(
    _ candidate: Candidate, _ values: UnsafePointer<Double>, width: Double
  ) {
    let constants = layout.constants
    let coverage = state.coverage(of: candidate, row: row)
    corrected.update(from: values, count: layout.levelCount)
    for number in 0..<constants.intervalCount {
      let distance = Double(coverage[number]) * width
      corrected[constants.lows[number]] -= distance
      corrected[constants.highs[number]] += distance
    }
    QuantileCalibration.order(corrected, constants)
    layout.limit(corrected, count: layout.levelCount)
    note(
      loss: QuantileCalibration.loss(corrected, value: value, constants),
      in: state.loss(of: candidate, row: row))
    if state.candidate(row) == candidate {
      published.update(from: corrected, count: layout.levelCount)
    }
    if settings.enabled {
      QuantileCalibration.learnCoverage(
        coverage, value: value, values: values, width: width, rate: settings.coverageRate,
        constants)
    }
  }

  /// Updates the losses and spreads of all tracked baselines.
  private func compareBaselines(group: Int) {
    let horizons = Double(state.comparedCount(row)) / Double(layout.horizon)
    let steps = Double(layout.horizon) / Double(layout.groups)
    let rate = max(Self.spreadRate, 1 / (horizons + 2)) / max(steps, 1)
    for kind in 0..<CalibrationLayout.baselineCount {
      guard let point = point(of: kind) else { continue }
      let spreads = state.spreads(of: kind, row: row)
      let spread = Double(spreads[group])
      for level in 0..<layout.levelCount {
        corrected[level] = point + spread * layout.constants.factors[level]
      }
      layout.limit(corrected, count: layout.levelCount)
      note(
        loss: QuantileCalibration.loss(corrected, value: value, layout.constants),
        in: state.baselineLosses(row) + kind)
      let moved = spread + rate * (abs(value - point) - spread)
      spreads[group] = max(BoundedFloat.of(moved), 1e-30)
    }
  }

  private func note(loss: Double, in running: UnsafeMutablePointer<Float>) {
    var scaled = loss / scale.unit
    guard scaled.isFinite else { return }
    // One outlier or one bad stretch must not decide the choice for months.
    let usual = state.loss(of: .baseline, row: row).pointee
    if usual > 0 { scaled = min(scaled, Self.lossMaximum * Double(usual)) }
    if running.pointee.isNaN {
      running.pointee = BoundedFloat.of(scaled)
      return
    }
    let memory = settings.memory * Double(layout.horizon)
    let rate = max(1 / memory, 1 / Double(state.comparedCount(row) + 1))
    let known = Double(running.pointee)
    running.pointee = BoundedFloat.of(known + rate * (scaled - known))
  }

  private func point(of kind: Int) -> Double? {
    let stored = state.tracked(row)[layout.pointPlace(kind, step: step)]
    return stored == CalibrationPointers.none ? nil : scale.value(stored)
  }
}
