import Numerics

/// A running average of the weights, often better on new data than the newest ones.
///
///     a ← a + (1 − decay)·(p − a)        a = p at the first update
///
/// - Source: Polyak and Juditsky (1992); PyTorch's `swa_utils.AveragedModel` with
///   `get_ema_multi_avg_fn(decay)`.
package struct ExponentialMovingAverage: ~Copyable, Sendable {
  package let decay: Double
  package private(set) var updates = 0
  private var average: FloatBuffer

  /// - Precondition: decay in [0, 1]
  package init(count: Int, decay: Double = 0.999) {
    precondition(decay >= 0 && decay <= 1)
    self.decay = decay
    average = FloatBuffer(count: count)
  }

  /// Due after each step of the optimizer.
  package mutating func update(_ parameters: UnsafeBufferPointer<Float>) {
    precondition(parameters.count == average.count)
    updates += 1
    if updates == 1 {
      average.mutable.copy(from: parameters)
      return
    }
    let share = Float(1 - decay)
    let average = average.mutable
    for index in average.indices {
      average[index] += share * (parameters[index] - average[index])
    }
  }

  /// The averaged weights; zeros before the first update.
  package var elements: UnsafeBufferPointer<Float> { average.elements }
}
