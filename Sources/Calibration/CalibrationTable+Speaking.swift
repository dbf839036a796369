// How the published forecasts are made from the network's and the baselines'.
//
// In three moves, between which the owner of the series' past and of the network does its part:
//
//     planSeasons     whose seasons are read       → the owner describes the origins
//     planNetwork     who needs the network        → the owner lets it forecast
//     forecast        everyone is heard

import Numerics
package import TimeSeries

extension CalibrationTable {
  /// Says of which series the values of seasons are asked for.
  ///
  /// - Parameters:
  ///   - isTrained: whether the network was trained at all; what it said before is not worth waiting
  ///     for, so a forecast of those days that is in flight is dropped.
  ///   - all: whether every baseline's forecast will be looked at.
  package mutating func planSeasons(
    rows: [Int], isTrained: Bool, all: Bool, _ origins: borrowing BaselineOrigins
  ) {
    precondition(rows.count <= origins.capacity)
    for (number, row) in rows.enumerated() {
      if isTrained, choice.elements[row * choice.width + 2] == 0 { origin[row] = .min }
      let reads =
        switch forecaster(row: row) {
        case .network: false
        case .combined(let kind), .baseline(let kind): kind.readsSeasons
        }
      origins.readsSeasons[number] = settings.baselines && (all || reads || origin[row] == .min)
    }
  }

  /// Says which series need the network's forecast: those whose forecasts are compared from this
  /// origin on, and those of which it makes at least a part. Nobody would read the others.
  package mutating func planNetwork(
    rows: [Int], _ origins: borrowing BaselineOrigins, into isNeeded: UnsafeMutablePointer<Bool>
  ) {
    precondition(rows.count <= origins.capacity)
    let layout = layout
    let canReplace = settings.baselines
    withPointers { state in
      for (number, row) in rows.enumerated() {
        guard canReplace, state.origins[row] != .min,
          case .baseline(let kind) = state.forecaster(row)
        else {
          isNeeded[number] = true
          continue
        }
        let points = origins.points + number * layout.horizon
        layout.points(of: kind, origins.inputs[number], state: state, row: row, into: points)
        isNeeded[number] = points[0].isNaN
      }
    }
  }

  /// Takes the network's forecasts, follows those of series that have none in flight, and makes all
  /// the ones to be published: corrected, combined with a baseline's, or replaced.
  ///
  /// - Parameters:
  ///   - isTrained: whether the network was trained at all.
  ///   - forecasts: the network's as they came on entry, where they are needed; the published ones on
  ///     return, finite and ascending in each step.
  /// - Precondition: the origins are planned and described; there is a row.
  package mutating func forecast(
    rows: [Int], isTrained: Bool, _ origins: borrowing BaselineOrigins, into forecasts: ForecastRows
  ) {
    precondition(rows.count <= origins.capacity)
    let (layout, settings) = (layout, settings)
    guard settings.enabled || settings.baselines else {
      for number in rows.indices { forecasts.forecasters[number] = .network }
      return note(rows: rows, isTrained: isTrained, forecasts)
    }
    withPointers { state in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: layout.shiftsSize) { moves in
        guard let moves = moves.baseAddress else { return }
        var speech = Speech(layout: layout, state: state, moves: moves)
        for (number, row) in rows.enumerated() {
          let values = forecasts.values(number)
          let isFollowed = state.origins[row] == .min
          if isFollowed {
            Self.follow(
              layout, settings, state, row: row, values: values, isTrained: isTrained,
              origins.inputs[number], points: origins.candidates)
          } else if state.origins[row] == Self.pause {
            state.origins[row] = .min
          }
          // The points of a baseline that speaks alone are made already, unless it was chosen just now.
          speech.begin(
            row: row, values: values, points: origins.points + number * layout.horizon,
            unit: origins.inputs[number].scale.unit)
          forecasts.forecasters[number] = speech.speak(
            origins.inputs[number], arePointsMade: !isFollowed)
        }
      }
    }
    note(rows: rows, isTrained: isTrained, forecasts)
  }

  /// Notes which forecasts are too young to be relied on.
  private func note(rows: [Int], isTrained: Bool, _ forecasts: ForecastRows) {
    for (number, row) in rows.enumerated() {
      let isUntrained = !isTrained && forecasts.forecasters[number] == .network
      if isUntrained || isYoung(row: row) { forecasts.isWarming[number] = true }
    }
  }
}

extension BaselineKind {
  /// Whether it forecasts from values of seasons before the origin.
  fileprivate var readsSeasons: Bool {
    switch self {
    case .seasonalNaive, .longSeasonalNaive, .autoregression: true
    case .naive, .holtWinters: false
    }
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
      withUnsafeTemporaryAllocation(
        of: Double.self, capacity: layout.horizon + layout.shiftsSize
      ) { scratch in
        guard let points = scratch.baseAddress else { return }
        layout.points(of: kind, inputs, state: state, row: row, into: points)
        guard points[0].isFinite else { return }
        var speech = Speech(layout: layout, state: state, moves: points + layout.horizon)
        speech.begin(row: row, values: values, points: points, unit: inputs.scale.unit)
        speech.speakBaseline(kind.rawValue)
        speech.finish()
        isThere = true
      }
    }
    return isThere
  }
}

/// One forecast on its way from the network's to the published one; used again for the next series'.
private struct Speech {
  private let layout: CalibrationLayout
  private let state: CalibrationPointers
  /// Scratch: [G, L]
  private let moves: UnsafeMutablePointer<Double>
  private var row = 0
  /// [H, L]
  private var values: UnsafeMutablePointer<Double>
  /// The baseline's: [H]
  private var points: UnsafeMutablePointer<Double>
  private var floor = 0.0

  /// - Parameter moves: scratch. Shape: [G, L]
  init(
    layout: CalibrationLayout, state: CalibrationPointers, moves: UnsafeMutablePointer<Double>
  ) {
    self.layout = layout
    self.state = state
    self.moves = moves
    values = moves
    points = moves
  }

  mutating func begin(
    row: Int, values: UnsafeMutablePointer<Double>, points: UnsafeMutablePointer<Double>,
    unit: Double
  ) {
    self.row = row
    self.values = values
    self.points = points
    floor = CalibrationTable.widthFloor * unit
  }

  /// - Returns: who speaks: the network where the chosen baseline has no value for a step ahead any
  ///   more.
  func speak(_ inputs: BaselineInputs, arePointsMade: Bool) -> Forecaster {
    var forecaster = state.forecaster(row)
    switch forecaster {
    case .network: speakNetwork()
    case .baseline(let kind), .combined(let kind):
      if !arePointsMade || forecaster.includesNetwork {
        layout.points(of: kind, inputs, state: state, row: row, into: points)
      }
      if points[0].isNaN {
        forecaster = .network
        speakNetwork()
      } else if forecaster.includesNetwork {
        speakBoth(kind.rawValue)
      } else {
        speakBaseline(kind.rawValue)
      }
    }
    finish()
    return forecaster
  }

  /// Levels are shifted and intervals widened by shares of each step's own width.
  private func speakNetwork() {
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
    for group in 0..<layout.groups {
      let move = moves + group * levels
      for step in layout.groupStarts[group]..<layout.groupStarts[group + 1] {
        let row = values + step * levels
        let width = QuantileCalibration.width(row, constants, floor: floor)
        for level in 0..<levels { row[level] += move[level] * width }
        QuantileCalibration.order(row, constants)
      }
    }
  }

  /// A baseline's quantiles have the same distance from its points for all steps of a group.
  func speakBaseline(_ kind: Int) {
    let constants = layout.constants
    let kernels = VectorKernels.current
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
      let first = layout.groupStarts[group]
      kernels.outerSum(
        rows: layout.groupStarts[group + 1] - first, columns: levels, points + first, move,
        into: values + first * levels)
    }
  }

  private func speakBoth(_ kind: Int) {
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
  func finish() {
    let levels = layout.levelCount
    layout.limit(values, count: layout.horizon * levels)
    // The levels of a step are in order, so its ends tell; and its median, should nothing be a number.
    var sums = (0.0, 0.0, 0.0)
    for step in 0..<layout.horizon {
      sums.0 += values[step * levels] * 0
      sums.1 += values[step * levels + layout.constants.median] * 0
      sums.2 += values[(step + 1) * levels - 1] * 0
    }
    if sums.0 + sums.1 + sums.2 == 0 { return }
    for step in 0..<layout.horizon {
      let row = values + step * levels
      if areFinite(row, count: levels) { continue }
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
