import Glibc

/// The learning rate as a function of the step, counted from zero.
///
/// `ReduceOnPlateau` is the one that depends on more than the step.
package protocol LearningRateSchedule: Sendable {
  func rate(step: Int) -> Double
}

/// From a share of the rate up to it, linearly: PyTorch's `LinearLR` with `end_factor=1`.
package struct LinearWarmup: LearningRateSchedule, Equatable {
  package let peak: Double
  package let startFactor: Double
  package let steps: Int

  package init(peak: Double, startFactor: Double = 1.0 / 3, steps: Int) {
    precondition(peak > 0 && startFactor > 0 && startFactor <= 1 && steps >= 1)
    self.peak = peak
    self.startFactor = startFactor
    self.steps = steps
  }

  package func rate(step: Int) -> Double {
    precondition(step >= 0)
    let share = Double(min(step, steps)) / Double(steps)
    return peak * (startFactor + (1 - startFactor) * share)
  }
}

/// A half cosine from the peak down to the floor in `steps`, and up again in as many after that:
/// PyTorch's `CosineAnnealingLR`.
///
/// - Source: Loshchilov and Hutter (2017), "SGDR", equation 5.
package struct CosineAnnealing: LearningRateSchedule, Equatable {
  package let peak: Double
  package let floor: Double
  package let steps: Int

  package init(peak: Double, floor: Double = 0, steps: Int) {
    precondition(peak > 0 && floor >= 0 && floor <= peak && steps >= 1)
    self.peak = peak
    self.floor = floor
    self.steps = steps
  }

  package func rate(step: Int) -> Double {
    precondition(step >= 0)
    let phase = Double.pi * Double(step) / Double(steps)
    return floor + (peak - floor) * 0.5 * (1 + cos(phase))
  }
}

/// Times `factor` every `period` steps: PyTorch's `StepLR`, and with a period of 1 `ExponentialLR`.
package struct StepDecay: LearningRateSchedule, Equatable {
  package let initial: Double
  package let factor: Double
  package let period: Int

  package init(initial: Double, factor: Double = 0.1, period: Int) {
    precondition(initial > 0 && factor > 0 && period >= 1)
    self.initial = initial
    self.factor = factor
    self.period = period
  }

  package func rate(step: Int) -> Double {
    precondition(step >= 0)
    return initial * pow(factor, Double(step / period))
  }
}

/// Linear warm-up to the peak, then a half cosine down to the floor, where it stays.
///
/// PyTorch's `SequentialLR` of `LinearLR(start_factor=1/(warmupSteps+1), total_iters=warmupSteps)`
/// and `CosineAnnealingLR(T_max=totalSteps−warmupSteps)` up to totalSteps.
package struct WarmupCosineSchedule: LearningRateSchedule, Equatable {
  package let peak: Double
  package let floor: Double
  package let warmupSteps: Int
  package let totalSteps: Int

  package init(peak: Double, floor: Double = 0, warmupSteps: Int, totalSteps: Int) {
    precondition(peak > 0 && floor >= 0 && floor <= peak)
    precondition(warmupSteps >= 0 && totalSteps >= warmupSteps)
    self.peak = peak
    self.floor = floor
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
  }

  /// The first rate is above zero, that of warmupSteps is the peak.
  package func rate(step: Int) -> Double {
    precondition(step >= 0)
    if step < warmupSteps { return peak * Double(step + 1) / Double(warmupSteps + 1) }
    if step >= totalSteps { return floor }
    let progress = Double(step - warmupSteps) / Double(totalSteps - warmupSteps)
    return floor + (peak - floor) * 0.5 * (1 + cos(Double.pi * progress))
  }
}
