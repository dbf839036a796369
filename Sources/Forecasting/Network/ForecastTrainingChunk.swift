package import Numerics

/// T consecutive steps of B series for truncated back-propagation through time.
///
/// All buffers start at zero and have fixed sizes: fill them through `mutable`.
package struct ForecastTrainingChunk: ~Copyable, Sendable {
  /// T
  package let steps: Int
  /// B
  package let batch: Int
  /// Steps after which a forecast is scored, strictly ascending (P of them).
  package let positions: [Int]
  /// [T, B, I]
  package var inputs: FloatBuffer
  /// [P, B, C]
  package var context: FloatBuffer
  /// [P, B, K, N]
  package var bases: FloatBuffer
  /// [P, B, N]
  package var targets: FloatBuffer
  /// [P, B, N]: 1 where a target counts; where it is 0 no value of that target matters, NaN
  /// included.
  package var mask: FloatBuffer
  /// [B, stateSize]
  package var initialHidden: FloatBuffer
  /// [B, cellSize]
  package var initialCell: FloatBuffer
  /// Seed of the dropout where gradients are computed; nil: no dropout.
  package var dropoutSeed: UInt64?

  package init(shape: ForecastNetworkShape, steps: Int, batch: Int, positions: [Int]) {
    precondition(steps >= 1 && batch >= 1)
    precondition(positions.allSatisfy { $0 >= 0 && $0 < steps })
    precondition(zip(positions, positions.dropFirst()).allSatisfy { $0 < $1 })
    self.steps = steps
    self.batch = batch
    self.positions = positions
    let rows = positions.count * batch
    inputs = FloatBuffer(count: steps * batch * shape.inputSize)
    context = FloatBuffer(count: rows * shape.contextSize)
    bases = FloatBuffer(count: rows * shape.baseCount * shape.horizon)
    targets = FloatBuffer(count: rows * shape.horizon)
    mask = FloatBuffer(count: rows * shape.horizon)
    initialHidden = FloatBuffer(count: batch * shape.stateSize)
    initialCell = FloatBuffer(count: batch * shape.cellSize)
  }

  /// Values that the loss counts: (position, series, step, quantile) whose mask is not zero.
  package func countedValues(quantiles: Int) -> Int {
    var count = 0
    for value in mask.elements where value != 0 { count += 1 }
    return count * quantiles
  }
}
