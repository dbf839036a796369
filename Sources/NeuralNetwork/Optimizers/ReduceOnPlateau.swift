/// Lowers the learning rate when a measure has not improved for a while: PyTorch's
/// `ReduceLROnPlateau`.
package struct ReduceOnPlateau: Sendable, Equatable {
  package enum Mode: Sendable, Equatable {
    /// A smaller measure is better, as of a loss.
    case min
    case max
  }

  package enum Threshold: Sendable, Equatable {
    /// Better means by this share of the best.
    case relative(Double)
    /// Better means by this much.
    case absolute(Double)
  }

  /// What changes with each measure; a trainer that is stopped and started again keeps it.
  package struct State: Sendable, Equatable {
    package var rate: Double
    package var best: Double
    /// Measures in a row without an improvement.
    package var badCount: Int
    /// Measures until they are counted again after a reduction.
    package var cooldownLeft: Int

    package init(rate: Double, best: Double, badCount: Int = 0, cooldownLeft: Int = 0) {
      self.rate = rate
      self.best = best
      self.badCount = badCount
      self.cooldownLeft = cooldownLeft
    }
  }

  package let mode: Mode
  package let factor: Double
  package let patience: Int
  package let threshold: Threshold
  package let cooldown: Int
  package let floor: Double
  /// A smaller reduction than this is not made.
  package let epsilon: Double
  package var state: State

  /// - Precondition: factor in (0, 1).
  package init(
    rate: Double, mode: Mode = .min, factor: Double = 0.1, patience: Int = 10,
    threshold: Threshold = .relative(1e-4), cooldown: Int = 0, floor: Double = 0,
    epsilon: Double = 1e-8
  ) {
    precondition(rate > 0 && factor > 0 && factor < 1 && patience >= 0 && cooldown >= 0)
    precondition(floor >= 0 && epsilon >= 0)
    self.mode = mode
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.cooldown = cooldown
    self.floor = floor
    self.epsilon = epsilon
    state = State(rate: rate, best: mode == .min ? .infinity : -.infinity)
  }

  package var rate: Double { state.rate }

  /// Takes the newest measure into account; NaN is never better.
  ///
  /// - Returns: the rate from now on.
  @discardableResult
  package mutating func observe(_ measure: Double) -> Double {
    if isBetter(measure) {
      state.best = measure
      state.badCount = 0
    } else {
      state.badCount += 1
    }
    if state.cooldownLeft > 0 {
      state.cooldownLeft -= 1
      state.badCount = 0
    }
    if state.badCount > patience {
      let reduced = max(state.rate * factor, floor)
      if state.rate - reduced > epsilon { state.rate = reduced }
      state.cooldownLeft = cooldown
      state.badCount = 0
    }
    return state.rate
  }

  private func isBetter(_ measure: Double) -> Bool {
    switch (mode, threshold) {
    case (.min, .relative(let share)): measure < state.best * (1 - share)
    case (.min, .absolute(let margin)): measure < state.best - margin
    case (.max, .relative(let share)): measure > state.best * (1 + share)
    case (.max, .absolute(let margin)): measure > state.best + margin
    }
  }
}
