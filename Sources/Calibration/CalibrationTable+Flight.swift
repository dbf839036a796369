import TimeSeries

// The forecast in flight: how it is kept, and what a value that meets it teaches.

extension CalibrationTable {
  /// Shares of the 80 % interval's width and of the series' spread below which there is no width.
  static let widthFloor = 0.02
  /// A baseline further from the network's forecast than this many of the larger of the network's
  /// range and the series' spread is not followed.
  static let reach = 50.0
  /// Weight of a horizon's errors in a baseline's spread, once there are enough.
  static let spreadRate = 0.05
  /// A value further from the forecast than this many of the series' spread at the origin says that the
  /// spread meant nothing, as that of a constant series does when it begins to move: no lesson.
  static let lessonReach = 1e4
  /// Losses count as at most this many of the baseline's running loss.
  static let lossMaximum = 2.5

  /// Keeps the forecasts of all candidates from this origin, and chooses among them.
  ///
  /// - Parameter points: scratch. Shape: [K, H]
  static func follow(
    _ layout: borrowing CalibrationLayout, _ settings: CalibrationSettings,
    _ state: CalibrationPointers, row: Int, values: UnsafePointer<Double>, isTrained: Bool,
    _ inputs: BaselineInputs, points: UnsafeMutablePointer<Double>
  ) {
    let horizon = layout.horizon
    let size = horizon * layout.levelCount
    state.origins[row] = inputs.time
    points.update(repeating: .nan, count: CalibrationLayout.kinds * horizon)
    if settings.baselines {
      for kind in BaselineKind.allCases {
        layout.points(
          of: kind, inputs, state: state, row: row, into: points + kind.rawValue * horizon)
      }
    }
    let scale = Self.scale(
      values, count: size, points: points, horizon: horizon, unit: inputs.scale.unit)
    let frame = state.frame(row)
    frame[0] = scale.base
    frame[1] = scale.quantum
    frame[2] = scale.unit
    let flight = state.flight(row)
    for index in 0..<size { flight[index] = scale.stored(values[index]) }
    for kind in 0..<CalibrationLayout.kinds {
      let isThere = points[kind * horizon].isFinite
      for step in 0..<horizon {
        let value = points[kind * horizon + step]
        flight[layout.pointPlace(kind, step: step)] =
          isThere && value.isFinite ? scale.stored(value) : CalibrationPointers.none
      }
    }
    admit(layout, state, row: row, unit: scale.unit)
    choose(layout, settings, state, row: row, isTrained: isTrained)
  }

  /// A scale that holds the network's forecast and the points that are not absurd.
  private static func scale(
    _ values: UnsafePointer<Double>, count: Int, points: UnsafePointer<Double>, horizon: Int,
    unit: Double
  ) -> FlightScale {
    var low = values[0]
    var high = values[0]
    for index in 1..<max(count, 1) {
      low = min(low, values[index])
      high = max(high, values[index])
    }
    let reach = Self.reach * max(high - low, unit)
    let (least, most) = (low - reach, high + reach)
    for index in 0..<CalibrationLayout.kinds * horizon where points[index].isFinite {
      if points[index] < least || points[index] > most { continue }
      low = min(low, points[index])
      high = max(high, points[index])
    }
    let base = low / 2 + high / 2
    let quantum = max((high / 2 - low / 2) / CalibrationPointers.largest, unit * 1e-6, 1e-300)
    return FlightScale(base: base, quantum: quantum, unit: max(unit, 1e-300))
  }

  /// Candidates that are in flight for the first time begin with a loss near the best one's, so that
  /// from then on they are compared on the same origins.
  private static func admit(
    _ layout: borrowing CalibrationLayout, _ state: CalibrationPointers, row: Int, unit: Double
  ) {
    let numbers = state.numbers(row)
    let losses = numbers + layout.lossesOffset + CalibrationLayout.voices
    var best = Float.infinity
    for kind in 0..<CalibrationLayout.kinds where !losses[kind].isNaN {
      best = min(best, losses[kind])
    }
    for kind in BaselineKind.allCases {
      let number = kind.rawValue
      guard state.flight(row)[layout.pointPlace(number, step: 0)] != CalibrationPointers.none
      else { continue }
      if losses[number].isNaN, best.isFinite { losses[number] = best * entryLoss(of: kind) }
      let spreads = numbers + layout.spreadsOffset + number * layout.groups
      guard spreads[0] == 0 else { continue }
      for group in 0..<layout.groups {
        let step = (2 * group + 1) * layout.horizon / (2 * layout.groups)
        let growth =
          kind == .naive || layout.shortSeason == 0
          ? min(2.5, Double(step + 1).squareRoot()) : 1
        spreads[group] = max(BoundedFloat.of(unit * growth), 1e-30)
      }
    }
  }

  /// What is expected of a candidate before it was seen, in terms of the best one's loss: a season
  /// that was configured or found is trusted.
  private static func entryLoss(of kind: BaselineKind) -> Float {
    switch kind {
    case .seasonalNaive: 0.95
    case .holtWinters: 0.97
    case .naive, .autoregression, .longSeasonalNaive: 1.1
    }
  }
}

/// One value and the forecasts in flight that it meets; used again for the next series' value.
struct Lesson {
  private let layout: CalibrationLayout
  private let settings: CalibrationSettings
  private let state: CalibrationPointers
  private var row = 0
  private var step = 0
  private var value = Double.nan
  private var scale = FlightScale(base: 0, quantum: 1, unit: 1)
  // Rows of scratch. Shape: [L]
  private let network: UnsafeMutablePointer<Double>
  private let other: UnsafeMutablePointer<Double>
  private let published: UnsafeMutablePointer<Double>
  /// What the voice that speaks says; not a number where it says nothing.
  let spoken: UnsafeMutablePointer<Double>

  /// Doubles of scratch.
  static func scratchCount(_ layout: borrowing CalibrationLayout) -> Int { 4 * layout.levelCount }

  init(
    layout: CalibrationLayout, settings: CalibrationSettings, state: CalibrationPointers,
    scratch: UnsafeMutablePointer<Double>
  ) {
    self.layout = layout
    self.settings = settings
    self.state = state
    network = scratch
    other = network + layout.levelCount
    published = other + layout.levelCount
    spoken = published + layout.levelCount
  }

  /// Takes what one value teaches about the forecasts that were made for it.
  mutating func settle(row: Int, step: Int, value: Double) {
    self.row = row
    self.step = step
    self.value = value
    let frame = state.frame(row)
    scale = FlightScale(base: frame[0], quantum: frame[1], unit: frame[2])
    spoken.update(repeating: .nan, count: layout.levelCount)
    learn()
    state.countSettled(row)
  }

  private func learn() {
    let choice = state.choice(row)
    let isTrained = choice[2] != 0
    let group = layout.group(of: step)
    let levels = layout.levelCount
    let flight = state.flight(row)
    for level in 0..<levels { network[level] = scale.value(flight[step * levels + level]) }
    let distance = abs(value - network[layout.constants.median])
    guard distance <= CalibrationTable.lessonReach * scale.unit else { return }
    let networkWidth = width(network)
    let shifts = state.shifts(row) + group * levels
    QuantileCalibration.shift(network, by: shifts, width: networkWidth, count: levels)
    if isTrained || choice[0] == CalibrationTable.Voice.network.rawValue {
      teach(.network, network, width: networkWidth)
    }
    let kind = Int(choice[1])
    if settings.baselines, let point = point(of: kind) {
      let spread = Double(spreads(of: kind)[group])
      let factors = layout.constants.factors
      for level in 0..<levels { other[level] = point + spread * factors[level] }
      teach(.baseline, other, width: width(other))
      if isTrained, settings.combination {
        for level in 0..<levels { other[level] = (other[level] + network[level]) / 2 }
        teach(.combined, other, width: width(other))
      }
    }
    if isTrained, settings.enabled {
      let stepUnit = QuantileCalibration.stepUnit(state.numbers(row), layout.constants)
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

  /// The voice's running loss, of what is published, and the widenings of its intervals.
  private func teach(
    _ voice: CalibrationTable.Voice, _ values: UnsafePointer<Double>, width: Double
  ) {
    let constants = layout.constants
    let coverage = state.numbers(row) + Int(voice.rawValue) * layout.coverageWidth
    published.update(from: values, count: layout.levelCount)
    for number in 0..<constants.intervalCount {
      let distance = Double(coverage[number]) * width
      published[constants.lows[number]] -= distance
      published[constants.highs[number]] += distance
    }
    QuantileCalibration.order(published, constants)
    layout.limit(published, count: layout.levelCount)
    note(
      loss: QuantileCalibration.loss(published, value: value, constants),
      at: layout.lossesOffset + Int(voice.rawValue))
    if state.choice(row)[0] == voice.rawValue {
      spoken.update(from: published, count: layout.levelCount)
    }
    if settings.enabled {
      QuantileCalibration.learnCoverage(
        coverage, value: value, values: values, width: width, rate: settings.coverageRate,
        constants)
    }
  }

  /// The losses and spreads of all baselines that are in flight.
  private func compareBaselines(group: Int) {
    let settled = Double(state.settled(row)) / Double(layout.horizon)
    let steps = Double(layout.horizon) / Double(layout.groups)
    let rate = max(CalibrationTable.spreadRate, 1 / (settled + 2)) / max(steps, 1)
    for kind in 0..<CalibrationLayout.kinds {
      guard let point = point(of: kind) else { continue }
      let spreads = spreads(of: kind)
      let spread = Double(spreads[group])
      for level in 0..<layout.levelCount {
        published[level] = point + spread * layout.constants.factors[level]
      }
      layout.limit(published, count: layout.levelCount)
      note(
        loss: QuantileCalibration.loss(published, value: value, layout.constants),
        at: layout.lossesOffset + CalibrationLayout.voices + kind)
      let moved = spread + rate * (abs(value - point) - spread)
      spreads[group] = max(BoundedFloat.of(moved), 1e-30)
    }
  }

  private func note(loss: Double, at place: Int) {
    var scaled = loss / scale.unit
    guard scaled.isFinite else { return }
    let numbers = state.numbers(row)
    // One outlier, or a bad stretch, must not decide for months.
    let usual = numbers[layout.lossesOffset + Int(CalibrationTable.Voice.baseline.rawValue)]
    if usual > 0 { scaled = min(scaled, CalibrationTable.lossMaximum * Double(usual)) }
    if numbers[place].isNaN {
      numbers[place] = BoundedFloat.of(scaled)
      return
    }
    let memory = settings.memory * Double(layout.horizon)
    let rate = max(1 / memory, 1 / Double(state.settled(row) + 1))
    let known = Double(numbers[place])
    numbers[place] = BoundedFloat.of(known + rate * (scaled - known))
  }

  private func point(of kind: Int) -> Double? {
    let stored = state.flight(row)[layout.pointPlace(kind, step: step)]
    return stored == CalibrationPointers.none ? nil : scale.value(stored)
  }

  private func spreads(of kind: Int) -> UnsafeMutablePointer<Float> {
    state.numbers(row) + layout.spreadsOffset + kind * layout.groups
  }
}

extension CalibrationLayout {
  /// Keeps the values at zero or above where the stream is so.
  @inline(__always)
  func limit(_ values: UnsafeMutablePointer<Double>, count: Int) {
    guard isNonNegative else { return }
    for index in 0..<count { values[index] = max(0, values[index]) }
  }
}
