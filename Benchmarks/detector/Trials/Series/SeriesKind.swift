package import TimeSeries

/// A kind of generated series. Each series of a kind has parameters and random numbers of its own.
///
/// Values are made of a level, a season and noise; `SeriesGenerator` has the formulas in code, and
/// `formula` says them.
package enum SeriesKind: String, CaseIterable, Sendable {
  case season, counts, bursts, mixture
  case zeroInflated = "zero-inflated"
  case randomWalk = "random-walk"
  case batchJobs = "batch-jobs"

  case heteroscedastic, regimes, multiplicative, quantised, percent
  case heavyTails = "heavy-tails"
  case officeHours = "office-hours"

  case trend, weekly, saturating, autoregression, wander
  case weeklyAndDaily = "weekly-and-daily"

  package var interval: Milliseconds {
    let minute: Milliseconds = 60_000
    switch self {
    case .season, .counts, .bursts, .mixture, .zeroInflated, .randomWalk, .batchJobs:
      return 5 * minute
    case .heteroscedastic, .regimes, .multiplicative, .quantised, .percent, .heavyTails,
      .officeHours:
      return 15 * minute
    case .trend, .weekly, .saturating, .autoregression, .wander, .weeklyAndDaily:
      return 60 * minute
    }
  }

  package var stepsPerDay: Int { Int(86_400_000 / interval) }

  /// The value, where d is the time of day as an angle, with a phase of each series' own, and N is
  /// normal noise of deviation 1.
  package var formula: String {
    switch self {
    case .season: "10 sin d + 3 sin(2d + 1) + N"
    case .counts: "Poisson(m (20 + 16 sin d)), m from 0.5 to 2"
    case .bursts: "10 + 5 sin d + N + bursts of 5 + 5 Exp that fade by .8 a step, 4 a day"
    case .mixture: "5 sin d + N, in one step of ten 4 N"
    case .zeroInflated: "0 in nine steps of ten, else 1 + Poisson(3)"
    case .randomWalk: "the value before + N"
    case .batchJobs: "5 + N + 40 for 6 steps a day, which begin at one time give or take a step"
    case .heteroscedastic: "10 sin d + (1 + .8 sin d) N"
    case .regimes: "N + a level of 0 or 8, which changes twice a day on average"
    case .multiplicative: "exp(4 + .8 sin d + .15 N)"
    case .quantised: "50 + 6 sin d + N, rounded to multiples of 2"
    case .percent: "100 logistic(.5 + 1.5 sin d + .3 A), A autoregressive (.7) of deviation 1"
    case .heavyTails: "10 sin d + Student's t with 3 degrees of freedom"
    case .officeHours: "20 + N for ten hours of Monday to Friday, else 2 + .2 N"
    case .trend: "50 + r days + N, r from .2 to 1 up or down"
    case .weekly: "8 sin d − 6 on weekends + N"
    case .saturating: "60 + 60 sin d + 5 N, cut to 0…100"
    case .autoregression: "6 sin d + A, A autoregressive (.8) with innovations N"
    case .wander: "4 sin d + N + a level that reverts to 0 within five days, of deviation 3"
    case .weeklyAndDaily: "(4 + 6 sin d + 2 sin 3d) w + N, w from 1.2 (Monday) to .3 (Sunday)"
    }
  }

  package var hasSeason: Bool {
    switch self {
    case .zeroInflated, .randomWalk, .regimes, .trend: false
    default: true
    }
  }

  /// The values that are possible; `nil` where all are.
  package var bounds: ClosedRange<Double>? {
    switch self {
    case .counts, .zeroInflated, .multiplicative: 0...Double.greatestFiniteMagnitude
    case .percent, .saturating: 0...100
    default: nil
    }
  }

  /// All values are multiples of it; `nil` where there is none.
  package var quantum: Double? {
    switch self {
    case .counts, .zeroInflated: 1
    case .quantised: 2
    default: nil
    }
  }

  /// Whether values have a unit that another scale would change the meaning of.
  package var hasFixedScale: Bool { bounds != nil && self != .multiplicative }
}
