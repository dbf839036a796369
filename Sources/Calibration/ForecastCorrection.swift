import Numerics
import TimeSeries

/// Turns the forecast of the network or a baseline into the published one, for one series at a
/// time. The value is reused for the next series.
struct ForecastCorrection {
  /// Values below this are zero in a series that has only been zero, whose unit is of no meaning.
  private static let nothing = 1e-27
  private let layout: CalibrationLayout
  private let state: CalibrationPointers
  /// Scratch: [G, L]
  private let moves: UnsafeMutablePointer<Double>
  private var row = 0
  /// Quantiles of the forecast: [H, L]
  private var values: UnsafeMutablePointer<Double>
  /// Points of the chosen baseline: [H]
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

  /// Replaces the quantiles in `values` by those of the published forecast.
  ///
  /// - Parameters:
  ///   - made: the baseline whose points `points` already holds; nil if none has a forecast.
  ///   - arePointsMade: whether `made` and `points` are of this origin's forecaster.
  /// - Returns: the forecaster of the published forecast. It is the network if the chosen baseline
  ///   has no forecast at this origin, and no other may stand in.
  func publish(
    _ inputs: BaselineInputs, made: BaselineKind?, arePointsMade: Bool
  ) -> Forecaster {
    guard case .baseline(let kind) = state.forecaster(row) else {
      publishNetwork()
      return .network
    }
    var made = made
    if !arePointsMade {
      made = layout.pointsOrNewest(of: kind, inputs, state: state, row: row, into: points)
    }
    guard let made else {
      publishNetwork()
      return .network
    }
    publishBaseline(made.rawValue)
    return .baseline(made)
  }

  /// Shifts the levels and widens the intervals, by shares of the interval width of each step.
  private func publishNetwork() {
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
        QuantileCalibration.open(row, floor: floor, constants)
      }
    }
    bound()
  }

  /// Adds the quantiles of the errors to the points of the baseline. All steps of a group have the
  /// same distances.
  func publishBaseline(_ kind: Int) {
    let constants = layout.constants
    let kernels = VectorKernels.current
    let levels = constants.levelCount
    let spreads = state.spreads(of: kind, row: row)
    for group in 0..<layout.groups {
      let spread = Double(spreads[group])
      let move = moves + group * levels
      move.update(repeating: 0, count: levels)
      QuantileCalibration.addWidenings(widenings(of: .baseline), to: move, constants)
      let factors = constants.factors
      let width = max(
        spread * (factors[constants.referenceHigh] - factors[constants.referenceLow]), floor)
      for level in 0..<levels { move[level] = spread * factors[level] + move[level] * width }
      QuantileCalibration.order(move, constants)
      QuantileCalibration.open(move, floor: floor, constants)
      let first = layout.groupStarts[group]
      kernels.outerSum(
        rows: layout.groupStarts[group + 1] - first, columns: levels, points + first, move,
        into: values + first * levels)
    }
    bound()
  }

  /// Raises values to zero if the stream is non-negative, and makes all values finite. Values that
  /// are not finite come only from numbers near the end of the range.
  private func bound() {
    let levels = layout.levelCount
    layout.limit(values, count: layout.horizon * levels)
    if floor < Self.nothing {
      for place in 0..<layout.horizon * levels where abs(values[place]) < Self.nothing {
        values[place] = 0
      }
    }
    // The levels of a step are in order, so the check of the lowest and the highest is enough; the
    // median is checked for steps of NaN.
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

  private func widenings(of candidate: Candidate) -> UnsafePointer<Float> {
    UnsafePointer(state.coverage(of: candidate, row: row))
  }
}
