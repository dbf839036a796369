// How the published forecast is made from the network's.

extension CalibrationTable {
  /// Makes the network's forecast the published one.
  ///
  /// - Shape: values [H, L]
  /// - Returns: who speaks: the network where the chosen baseline has no value for a step ahead any
  ///   more.
  mutating func speak(
    row: Int, values: UnsafeMutablePointer<Double>, _ inputs: BaselineInputs
  ) -> ForecastSpeaker {
    let layout = layout
    let chosen = speaker(row: row)
    var spoken = chosen
    withPointers { state in
      let size = max(layout.horizon, layout.shiftsSize)
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * size) { scratch in
        guard let points = scratch.baseAddress else { return }
        var speech = Speech(
          layout: layout, state: state, row: row, values: values, points: points,
          moves: points + size, floor: Self.widthFloor * inputs.scale.unit)
        switch chosen {
        case .network: speech.speakNetwork()
        case .baseline(let kind), .combined(let kind):
          layout.points(of: kind, inputs, state: state, row: row, into: points)
          if points[0].isNaN {
            spoken = .network
            speech.speakNetwork()
          } else if chosen.includesNetwork {
            speech.speakBoth(kind.rawValue)
          } else {
            speech.speakBaseline(kind.rawValue)
          }
        }
        speech.finish()
      }
    }
    return spoken
  }
}

extension CalibrationTable {
  /// The forecast that would be published if that baseline spoke; for reports.
  ///
  /// - Shape: values [H, L]
  /// - Returns: false where the baseline has no forecast at this origin.
  package mutating func baselineForecast(
    row: Int, kind: BaselineKind, inputs: BaselineInputs, into values: UnsafeMutablePointer<Double>
  ) -> Bool {
    let layout = layout
    var isThere = false
    guard settings.baselines else { return false }
    withPointers { state in
      let size = max(layout.horizon, layout.shiftsSize)
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * size) { scratch in
        guard let points = scratch.baseAddress else { return }
        layout.points(of: kind, inputs, state: state, row: row, into: points)
        guard points[0].isFinite else { return }
        var speech = Speech(
          layout: layout, state: state, row: row, values: values, points: points,
          moves: points + size, floor: Self.widthFloor * inputs.scale.unit)
        speech.speakBaseline(kind.rawValue)
        speech.finish()
        isThere = true
      }
    }
    return isThere
  }
}

/// One forecast on its way from the network's to the published one.
private struct Speech {
  let layout: CalibrationLayout
  let state: CalibrationPointers
  let row: Int
  /// [H, L]
  let values: UnsafeMutablePointer<Double>
  /// The baseline's: [H]
  let points: UnsafeMutablePointer<Double>
  /// Scratch: [G, L]
  let moves: UnsafeMutablePointer<Double>
  let floor: Double

  /// Levels are shifted and intervals widened by shares of each step's own width.
  mutating func speakNetwork() {
    let constants = layout.constants
    let levels = constants.levelCount
    let shifts = state.shifts(row)
    for place in 0..<layout.shiftsSize {
      moves[place] = Double(shifts[place]) * CalibrationLayout.shiftQuantum
    }
    for group in 0..<layout.groups {
      QuantileCalibration.addWidenings(
        widenings(of: .network), to: moves + group * levels, constants)
    }
    for step in 0..<layout.horizon {
      let row = values + step * levels
      let move = moves + layout.group(of: step) * levels
      let width = QuantileCalibration.width(row, constants, floor: floor)
      for level in 0..<levels { row[level] += move[level] * width }
      QuantileCalibration.order(row, constants)
    }
  }

  /// A baseline's quantiles have the same distance from its points for all steps of a group.
  mutating func speakBaseline(_ kind: Int) {
    let constants = layout.constants
    let levels = constants.levelCount
    for group in 0..<layout.groups {
      let spread = spread(of: kind, group: group)
      let move = moves + group * levels
      move.update(repeating: 0, count: levels)
      QuantileCalibration.addWidenings(widenings(of: .baseline), to: move, constants)
      let factors = constants.factors
      let width = max(
        spread * (factors[constants.referenceHigh] - factors[constants.referenceLow]), floor)
      for level in 0..<levels { move[level] = spread * factors[level] + move[level] * width }
      QuantileCalibration.order(move, constants)
    }
    for step in 0..<layout.horizon {
      let row = values + step * levels
      let move = moves + layout.group(of: step) * levels
      for level in 0..<levels { row[level] = points[step] + move[level] }
    }
  }

  mutating func speakBoth(_ kind: Int) {
    let constants = layout.constants
    let levels = constants.levelCount
    moves.update(repeating: 0, count: levels)
    QuantileCalibration.addWidenings(widenings(of: .combined), to: moves, constants)
    for step in 0..<layout.horizon {
      let row = values + step * levels
      let group = layout.group(of: step)
      let spread = spread(of: kind, group: group)
      let shifted = QuantileCalibration.width(row, constants, floor: floor)
      QuantileCalibration.shift(
        row, by: state.shifts(self.row) + group * levels, width: shifted, count: levels)
      for level in 0..<levels {
        row[level] = (row[level] + points[step] + spread * constants.factors[level]) / 2
      }
      let width = QuantileCalibration.width(row, constants, floor: floor)
      for level in 0..<levels { row[level] += moves[level] * width }
      QuantileCalibration.order(row, constants)
    }
  }

  /// What holds for every voice: no value below zero where there must be none, and none that is not
  /// finite, which only numbers near the end of the range can make.
  mutating func finish() {
    let levels = layout.levelCount
    for step in 0..<layout.horizon {
      let row = values + step * levels
      layout.limit(row)
      var sum = 0.0
      for level in 0..<levels { sum += row[level] * 0 }
      if sum == 0 { continue }
      let limit = Double.greatestFiniteMagnitude
      for level in 0..<levels {
        row[level] = row[level].isNaN ? 0 : min(max(row[level], -limit), limit)
      }
      QuantileCalibration.order(row, layout.constants)
    }
  }

  private func widenings(of voice: CalibrationTable.Voice) -> UnsafePointer<Float> {
    UnsafePointer(state.numbers(row) + Int(voice.rawValue) * layout.coverageWidth)
  }

  private func spread(of kind: Int, group: Int) -> Double {
    Double(state.numbers(row)[layout.spreadsOffset + kind * layout.groups + group])
  }
}
