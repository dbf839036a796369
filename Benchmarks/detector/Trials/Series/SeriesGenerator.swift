import Glibc
package import TestSupport

/// What a value of a generated series is made of.
package struct SeriesStep: Sendable, Equatable {
  package var level: Double
  package var season = 0.0
  package var noise = 0.0
}

/// Makes the steps of one series, in order. One seed makes the same series on every machine with
/// the same C library.
///
/// Step 0 is midnight of a Monday.
package struct SeriesGenerator {
  private let kind: SeriesKind
  private var random: RandomSource
  private let phase: Double
  /// Each kind's parameter of its series.
  private let parameter: Double
  /// What a step knows of the one before: a level, a burst or autoregressive noise.
  private var memory = 0.0
  /// By how many steps the day's job is late.
  private var delay = 0
  private var step = 0

  private static let weekdays = [1.2, 1.1, 1, 1, 0.9, 0.4, 0.3]
  private static let jobSteps = 6

  package init(kind: SeriesKind, random: RandomSource) {
    self.kind = kind
    self.random = random
    phase = self.random.uniform()
    parameter = self.random.uniform()
    switch kind {
    case .autoregression: memory = self.random.gaussian() / 0.6
    case .percent: memory = self.random.gaussian()
    case .wander: memory = 3 * self.random.gaussian()
    case .regimes: memory = self.random.chance(0.5) ? 8 : 0
    default: break
    }
  }

  private var stepsPerDay: Double { Double(kind.stepsPerDay) }
  private var angle: Double { 2 * .pi * (Double(step) / stepsPerDay + phase) }
  private var stepOfDay: Int { step % kind.stepsPerDay }
  private var weekday: Int { step / kind.stepsPerDay % 7 }
  private var isWeekend: Bool { weekday >= 5 }

  package mutating func next() -> SeriesStep {
    defer { step += 1 }
    switch kind {
    case .season, .mixture, .heteroscedastic, .heavyTails, .multiplicative, .quantised, .weekly,
      .weeklyAndDaily, .saturating:
      return seasonal()
    case .counts, .zeroInflated: return counted()
    case .autoregression, .percent, .wander, .bursts: return remembering()
    case .randomWalk, .regimes, .trend: return moving()
    case .batchJobs, .officeHours: return scheduled()
    }
  }

  /// A season with noise that remembers nothing.
  private mutating func seasonal() -> SeriesStep {
    let wave = sin(angle)
    let noise = random.gaussian()
    switch kind {
    case .season:
      return SeriesStep(level: 0, season: 10 * wave + 3 * sin(2 * angle + 1), noise: noise)
    case .mixture:
      return SeriesStep(
        level: 0, season: 5 * wave, noise: random.chance(0.1) ? 4 * noise : noise)
    case .heteroscedastic:
      return SeriesStep(level: 0, season: 10 * wave, noise: (1 + 0.8 * wave) * noise)
    case .heavyTails:
      return SeriesStep(level: 0, season: 10 * wave, noise: random.student(degrees: 3))
    case .multiplicative:
      return SeriesStep(level: 4, season: 0.8 * wave, noise: 0.15 * noise)
    case .quantised: return SeriesStep(level: 50, season: 6 * wave, noise: noise)
    case .weekly:
      return SeriesStep(level: 0, season: 8 * wave - (isWeekend ? 6 : 0), noise: noise)
    case .saturating: return SeriesStep(level: 60, season: 60 * wave, noise: 5 * noise)
    default:
      let day = 4 + 6 * wave + 2 * sin(3 * angle)
      return SeriesStep(level: 0, season: day * Self.weekdays[weekday], noise: noise)
    }
  }

  /// The noise is a number from 0 to 1, of which a count is the quantile.
  private mutating func counted() -> SeriesStep {
    guard kind == .counts else {
      return SeriesStep(level: random.chance(0.9) ? 0 : 3, noise: random.uniform())
    }
    let size = 0.5 + 1.5 * parameter
    return SeriesStep(
      level: 20 * size, season: 16 * size * sin(angle), noise: random.uniform())
  }

  private mutating func remembering() -> SeriesStep {
    let wave = sin(angle)
    let innovation = random.gaussian()
    switch kind {
    case .autoregression:
      memory = 0.8 * memory + innovation
      return SeriesStep(level: 0, season: 6 * wave, noise: memory)
    case .percent:
      memory = 0.7 * memory + (1 - 0.49).squareRoot() * innovation
      return SeriesStep(level: 0.5, season: 1.5 * wave, noise: 0.3 * memory)
    case .wander:
      let kept = exp(-1 / (5 * stepsPerDay))
      memory = kept * memory + 3 * (1 - kept * kept).squareRoot() * random.gaussian()
      return SeriesStep(level: memory, season: 4 * wave, noise: innovation)
    default:
      memory *= 0.8
      let size = 5 - 5 * log(random.uniform())
      if random.chance(4 / stepsPerDay) { memory += size }
      return SeriesStep(level: 10, season: 5 * wave, noise: innovation + memory)
    }
  }

  private mutating func moving() -> SeriesStep {
    let noise = random.gaussian()
    switch kind {
    case .randomWalk:
      defer { memory += noise }
      return SeriesStep(level: memory, noise: noise)
    case .regimes:
      if random.chance(2 / stepsPerDay) { memory = 8 - memory }
      return SeriesStep(level: memory, noise: noise)
    default:
      let rate = (0.2 + 0.8 * parameter) * (phase < 0.5 ? 1 : -1)
      return SeriesStep(level: 50 + rate * Double(step) / stepsPerDay, noise: noise)
    }
  }

  private mutating func scheduled() -> SeriesStep {
    let noise = random.gaussian()
    if kind == .officeHours {
      // From seven to nine on, at a full hour.
      let start = (7 + Int(parameter * 3)) * kind.stepsPerDay / 24
      let isOpen = !isWeekend && (start..<start + kind.stepsPerDay * 10 / 24).contains(stepOfDay)
      return SeriesStep(level: 0, season: isOpen ? 20 : 2, noise: isOpen ? noise : 0.2 * noise)
    }
    if stepOfDay == 0 { delay = Int(random.uniform() * 3) - 1 }
    let start = 12 + Int(parameter * Double(kind.stepsPerDay - 30)) + delay
    let isRunning = (start..<start + Self.jobSteps).contains(stepOfDay)
    return SeriesStep(level: 5, season: isRunning ? 40 : 0, noise: noise)
  }
}
