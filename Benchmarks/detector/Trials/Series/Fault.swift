/// What is done to a series, in spreads of the series; `GeneratedSeries.spread` says what that is.
package enum Fault: String, CaseIterable, Sendable {
  case spike, shift, unrest, tumult, flat, silence, drift
  case lostSeason = "lost-season"

  /// In spreads.
  static let spikeSize = 6.0
  static let shiftSize = 4.0

  package var title: String {
    switch self {
    case .spike: "spike of 6"
    case .shift: "shift of 4"
    case .unrest: "variance × 4"
    case .tumult: "variance × 16"
    case .flat: "flat line"
    case .silence: "silence"
    case .drift: "drift of 4 in 200"
    case .lostSeason: "lost season"
    }
  }

  package var explanation: String {
    switch self {
    case .spike: "one value that is 6 spreads higher or lower"
    case .shift: "50 values that are 4 spreads higher or lower"
    case .unrest: "100 values with twice the distance from what they would be without noise"
    case .tumult: "100 values with four times the distance"
    case .flat: "the value before, 60 times"
    case .silence: "20 missing points"
    case .drift: "up or down by 4 spreads within 200 steps, and 100 more steps there"
    case .lostSeason: "two days with the mean of the season"
    }
  }

  package func isPossible(in kind: SeriesKind) -> Bool { self != .lostSeason || kind.hasSeason }

  package func stepCount(_ kind: SeriesKind) -> Int {
    switch self {
    case .spike: 1
    case .shift: 50
    case .unrest, .tumult: 100
    case .flat: 60
    case .silence: 20
    case .drift: 300
    case .lostSeason: 2 * kind.stepsPerDay
    }
  }

  /// The deviation at a step of the fault, in spreads.
  func deviation(at step: Int) -> Double {
    switch self {
    case .spike: Self.spikeSize
    case .shift: Self.shiftSize
    case .drift: Self.shiftSize * min(1, Double(step + 1) / 200)
    case .unrest, .tumult, .flat, .silence, .lostSeason: 0
    }
  }

  /// The factor of the distance from what values would be without noise.
  var noiseFactor: Double {
    switch self {
    case .unrest: 2
    case .tumult: 4
    default: 1
    }
  }

  package static func possible(in kind: SeriesKind) -> [Fault] {
    allCases.filter { $0.isPossible(in: kind) }
  }
}

/// A fault at a step of a series.
package struct Injection: Sendable, Equatable {
  package var fault: Fault
  package var step: Int
  package var isUpwards: Bool

  package init(fault: Fault, step: Int, isUpwards: Bool) {
    self.fault = fault
    self.step = step
    self.isUpwards = isUpwards
  }
}
