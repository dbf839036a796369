// The forecast in flight: how it is kept, and what a value that meets it teaches.

extension CalibrationTable {
  /// Shares of the 80 % interval's width and of the series' spread below which there is no width.
  static let widthFloor = 0.02
  /// A baseline further from the network's forecast than this many of the larger of the network's
  /// range and the series' spread is not followed.
  static let reach = 50.0
  /// Weight of a horizon's errors in a baseline's spread, once there are enough.
  static let spreadRate = 0.05

  /// Keeps the forecasts of all candidates from this origin, and chooses among them.
  mutating func follow(
    row: Int, values: UnsafePointer<Double>, isTrained: Bool, _ inputs: borrowing BaselineInputs
  ) {
    let layout = layout
    let settings = settings
    let horizon = layout.horizon
    origin[row] = inputs.time
    withPointers { state in
      let size = horizon * layout.levelCount
      let capacity = CalibrationLayout.kinds * horizon
      withUnsafeTemporaryAllocation(of: Double.self, capacity: capacity) { scratch in
        guard let points = scratch.baseAddress else { return }
        if settings.baselines {
          for kind in BaselineKind.allCases {
            layout.points(
              of: kind, inputs, state: state, row: row, into: points + kind.rawValue * horizon)
          }
        } else {
          points.update(repeating: .nan, count: capacity)
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
        Self.admit(layout, state, row: row, unit: scale.unit)
        Self.choose(layout, settings, state, row: row, isTrained: isTrained)
      }
    }
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
    let base = low + (high - low) / 2
    let quantum = max((high - low) / 2 / CalibrationPointers.largest, unit * 1e-6, 1e-300)
    return FlightScale(base: base, quantum: quantum, unit: max(unit, 1e-300))
  }

  /// What one value teaches about the forecasts that were made for it.
  mutating func settle(row: Int, step: Int, value: Double) {
    let layout = layout
    let settings = settings
    withPointers { state in
      let capacity = 2 * layout.levelCount
      withUnsafeTemporaryAllocation(of: Double.self, capacity: capacity) { scratch in
        guard let network = scratch.baseAddress else { return }
        let frame = state.frame(row)
        let lesson = Lesson(
          layout: layout, settings: settings, state: state, row: row, step: step, value: value,
          scale: FlightScale(base: frame[0], quantum: frame[1], unit: frame[2]))
        lesson.learn(network: network, other: network + layout.levelCount)
      }
      let place = row * CalibrationPointers.countsWidth
      state.counts[place] = min(state.counts[place] + 1, 1 << 24)
    }
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

/// One value and the forecasts in flight that it meets.
private struct Lesson {
  let layout: CalibrationLayout
  let settings: CalibrationSettings
  let state: CalibrationPointers
  let row: Int
  let step: Int
  let value: Double
  let scale: FlightScale

  /// - Parameters: two rows of scratch. Shape: [L]
  func learn(network: UnsafeMutablePointer<Double>, other: UnsafeMutablePointer<Double>) {
    let choice = state.choice(row)
    let isTrained = choice[2] != 0
    let group = layout.group(of: step)
    let floor = CalibrationTable.widthFloor * scale.unit
    let flight = state.flight(row)
    for level in 0..<layout.levelCount {
      network[level] = scale.value(flight[step * layout.levelCount + level])
    }
    let width = QuantileCalibration.width(network, layout, floor: floor)
    let shifts = state.shifts(row) + group * layout.levelCount
    QuantileCalibration.shift(network, by: shifts, width: width, count: layout.levelCount)
    if isTrained { teach(.network, network, width: width, scratch: other) }
    let kind = Int(choice[1])
    if settings.baselines, let point = point(of: kind) {
      let spread = Double(spreads(of: kind)[group])
      for level in 0..<layout.levelCount { other[level] = point + spread * layout.factors[level] }
      if isTrained, settings.combination {
        teachCombined(network: network, baseline: other)
      }
      let width = QuantileCalibration.width(other, layout, floor: floor)
      teachInPlace(.baseline, other, width: width)
    }
    if isTrained, settings.enabled {
      QuantileCalibration.learnShifts(
        shifts, value: value, values: network, tolerance: 2 * scale.quantum,
        rate: settings.shiftRate, layout)
    }
    if settings.baselines { compareBaselines(group: group, scratch: other) }
  }

  private func teachCombined(
    network: UnsafePointer<Double>, baseline: UnsafePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: layout.levelCount) { scratch in
      guard let mean = scratch.baseAddress else { return }
      for level in 0..<layout.levelCount { mean[level] = (network[level] + baseline[level]) / 2 }
      let width = QuantileCalibration.width(
        mean, layout, floor: CalibrationTable.widthFloor * scale.unit)
      teachInPlace(.combined, mean, width: width)
    }
  }

  private func teach(
    _ voice: CalibrationTable.Voice, _ values: UnsafePointer<Double>, width: Double,
    scratch: UnsafeMutablePointer<Double>
  ) {
    scratch.update(from: values, count: layout.levelCount)
    teachInPlace(voice, scratch, width: width)
  }

  /// The voice's running loss and the widenings of its intervals. What is published is judged, so the
  /// values are widened.
  private func teachInPlace(
    _ voice: CalibrationTable.Voice, _ values: UnsafeMutablePointer<Double>, width: Double
  ) {
    let numbers = state.numbers(row)
    let coverage = numbers + Int(voice.rawValue) * layout.coverageWidth
    withUnsafeTemporaryAllocation(of: Double.self, capacity: layout.levelCount) { scratch in
      guard let published = scratch.baseAddress else { return }
      published.update(from: values, count: layout.levelCount)
      QuantileCalibration.widen(published, by: coverage, width: width, layout)
      layout.limit(published)
      note(
        loss: QuantileCalibration.loss(published, value: value, layout),
        at: layout.lossesOffset + Int(voice.rawValue))
    }
    if settings.enabled {
      QuantileCalibration.learnCoverage(
        coverage, value: value, values: values, width: width, rate: settings.coverageRate, layout)
    }
  }

  /// The losses and spreads of all baselines that are in flight.
  private func compareBaselines(group: Int, scratch: UnsafeMutablePointer<Double>) {
    let settled = Double(state.settled(row)) / Double(layout.horizon)
    let steps = Double(layout.horizon) / Double(layout.groups)
    let rate = max(CalibrationTable.spreadRate, 1 / (settled + 2)) / max(steps, 1)
    for kind in 0..<CalibrationLayout.kinds {
      guard let point = point(of: kind) else { continue }
      let spreads = spreads(of: kind)
      let spread = Double(spreads[group])
      for level in 0..<layout.levelCount {
        scratch[level] = point + spread * layout.factors[level]
      }
      layout.limit(scratch)
      note(
        loss: QuantileCalibration.loss(scratch, value: value, layout),
        at: layout.lossesOffset + CalibrationLayout.voices + kind)
      let moved = spread + rate * (abs(value - point) - spread)
      spreads[group] = max(BoundedFloat.of(moved), 1e-30)
    }
  }

  private func note(loss: Double, at place: Int) {
    let scaled = loss / scale.unit
    guard scaled.isFinite else { return }
    let numbers = state.numbers(row)
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
  /// Keeps the values of a step at zero or above where the stream is so.
  @inline(__always)
  func limit(_ values: UnsafeMutablePointer<Double>) {
    guard isNonNegative else { return }
    for level in 0..<levelCount { values[level] = max(0, values[level]) }
  }
}
