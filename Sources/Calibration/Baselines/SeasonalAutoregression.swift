import Glibc

/// A seasonal autoregression, fitted by recursive least squares with forgetting.
///
///     x = [z(t−1), z(t−m), z(t−m−1), z(t−M), z(t−M−1), 1]     z = (value − mean) / deviation
///     k = P x / (λ + xᵀ P x)      θ ← θ + k (z − θᵀ x)      P ← (P − k xᵀ P) / λ
///
/// The regressors have the seasons m, M that the stream has; without a season they are the last two
/// values and 1. In forecasts of more than a step, each forecast is the z(t−1) of the next.
///
/// - Source: Haykin 2002, "Adaptive filter theory", §9.3. Differences from it: errors are clipped
///   at three deviations, so that an outlier does not distort the coefficients; P is bounded, so
///   that it does not grow without limit while the regressors do not vary.
package struct SeasonalAutoregression: Sendable {
  package let seasonCount: Int
  /// Number of regressors, the constant included.
  package let size: Int
  private let forgetting = 0.998
  private let initialVariance = 1.0
  private let errorMaximum = 3.0
  private let valueMaximum = 20.0

  package init(seasonCount: Int) {
    self.seasonCount = seasonCount
    size = seasonCount == 0 ? 3 : 2 + 2 * seasonCount
  }

  /// Number of values in a state: θ, then the upper triangle of P.
  package var stateSize: Int { size + size * (size + 1) / 2 }

  package func reset(_ state: UnsafeMutablePointer<Float>) {
    state.update(repeating: 0, count: stateSize)
    if seasonCount > 0 { state[1] = 0.5 }
    resetVariance(state)
  }

  private func resetVariance(_ state: UnsafeMutablePointer<Float>) {
    var place = size
    for row in 0..<size {
      for column in row..<size {
        state[place] = row == column ? Float(initialVariance) : 0
        place += 1
      }
    }
  }

  /// - Parameters:
  ///   - regressors: standardised like z; NaN if unknown. Shape: [size]
  ///   - value: standardised like z.
  package func update(
    _ state: UnsafeMutablePointer<Float>, regressors: UnsafeMutablePointer<Double>, value: Double
  ) {
    guard value.isFinite, regressors[0].isFinite else { return }
    clean(regressors)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * size) { scratch in
      guard let product = scratch.baseAddress else { return }
      let gain = product + size
      var denominator = forgetting
      var error = value
      for row in 0..<size {
        var sum = 0.0
        for column in 0..<size {
          sum += variance(state, min(row, column), max(row, column)) * regressors[column]
        }
        product[row] = sum
        denominator += sum * regressors[row]
        error -= Double(state[row]) * regressors[row]
      }
      error = min(max(error, -errorMaximum), errorMaximum)
      for row in 0..<size {
        gain[row] = product[row] / denominator
        state[row] = BoundedFloat.of(Double(state[row]) + gain[row] * error)
      }
      decay(state, gain: gain, product: product)
    }
  }

  private func decay(
    _ state: UnsafeMutablePointer<Float>, gain: UnsafePointer<Double>,
    product: UnsafePointer<Double>
  ) {
    var place = size
    var trace = 0.0
    var isSound = true
    for row in 0..<size {
      for column in row..<size {
        let next = (Double(state[place]) - gain[row] * product[column]) / forgetting
        state[place] = BoundedFloat.of(next)
        if row == column {
          trace += next
          isSound = isSound && next > 0
        }
        place += 1
      }
    }
    guard isSound, trace.isFinite else {
      resetVariance(state)
      return
    }
    let limit = 10 * Double(size) * initialVariance
    guard trace > limit else { return }
    let factor = Float(limit / trace)
    for index in size..<stateSize { state[index] *= factor }
  }

  /// Predicts θᵀ x, clipped to `valueMaximum` deviations.
  ///
  /// - Parameter regressors: standardised like z; NaN if unknown. Shape: [size]
  package func predict(
    _ state: UnsafePointer<Float>, regressors: UnsafeMutablePointer<Double>
  ) -> Double {
    clean(regressors)
    var sum = 0.0
    for index in 0..<size { sum += Double(state[index]) * regressors[index] }
    return min(max(sum, -valueMaximum), valueMaximum)
  }

  /// Replaces unknown values by the mean, and clips the others.
  private func clean(_ regressors: UnsafeMutablePointer<Double>) {
    for index in 0..<size {
      let value = regressors[index]
      regressors[index] = value.isNaN ? 0 : min(max(value, -valueMaximum), valueMaximum)
    }
  }

  @inline(__always)
  private func variance(_ state: UnsafePointer<Float>, _ row: Int, _ column: Int) -> Double {
    Double(state[size + row * size - row * (row - 1) / 2 + column - row])
  }
}
