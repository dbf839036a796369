import Glibc

/// Linear warm-up to the peak, then a half cosine down to the floor, where it stays.
///
/// - Source: Loshchilov and Hutter (2017), "SGDR", without restarts.
package struct WarmupCosineSchedule: Sendable, Equatable {
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

  /// The rate of a step counted from zero; the first is above zero, warmupSteps is at the peak.
  package func rate(step: Int) -> Double {
    precondition(step >= 0)
    if step < warmupSteps { return peak * Double(step + 1) / Double(warmupSteps + 1) }
    if step >= totalSteps { return floor }
    let progress = Double(step - warmupSteps) / Double(totalSteps - warmupSteps)
    return floor + (peak - floor) * 0.5 * (1 + cos(Double.pi * progress))
  }
}
