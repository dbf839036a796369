import Numerics

/// The states that truncated back-propagation through time carries from one chunk of a sequence to
/// the next; no gradient passes between them.
///
///     for chunk in truncatedChunks(steps: T, length: 96) {
///       state.load(hidden: h, cell: c)                   // h, c [chunk+1, B, H], index 0
///       lstmForward(…)
///       lstmBackward(…)                                   // dh0, dc are dropped: the truncation
///       state.save(hidden: h + chunk.count * B·H, cell: c + chunk.count * B·H)
///       optimizer.step(…)
///     }
///
/// With one chunk as long as the sequence it is full back-propagation. Each lane of the batch walks
/// through its own sequence; `reset` begins a new one.
///
/// - Source: Williams and Peng (1990), "An efficient gradient-based algorithm for on-line training
///   of recurrent network trajectories".
package struct CarriedState: ~Copyable, Sendable {
  package let batch: Int
  /// Floats of a lane's hidden (and cell) state: all layers together.
  package let width: Int
  private var hidden: FloatBuffer
  private var cell: FloatBuffer

  /// All lanes start from zero.
  package init(batch: Int, width: Int) {
    precondition(batch >= 1 && width >= 1)
    self.batch = batch
    self.width = width
    hidden = FloatBuffer(count: batch * width)
    cell = FloatBuffer(count: batch * width)
  }

  /// Begins the lane's next sequence from zero.
  package mutating func reset(lane: Int) {
    precondition(lane >= 0 && lane < batch)
    let places = (lane * width)..<((lane + 1) * width)
    UnsafeMutableBufferPointer(rebasing: hidden.mutable[places]).fill(0)
    UnsafeMutableBufferPointer(rebasing: cell.mutable[places]).fill(0)
  }

  /// - Shape: hidden, cell [batch, width]; no cell for a GRU
  package func load(
    hidden target: UnsafeMutablePointer<Float>, cell cellTarget: UnsafeMutablePointer<Float>? = nil
  ) {
    UnsafeMutableBufferPointer(start: target, count: hidden.count).copy(from: hidden.elements)
    guard let cellTarget else { return }
    UnsafeMutableBufferPointer(start: cellTarget, count: cell.count).copy(from: cell.elements)
  }

  /// - Shape: hidden, cell [batch, width]
  package mutating func save(
    hidden source: UnsafePointer<Float>, cell cellSource: UnsafePointer<Float>? = nil
  ) {
    hidden.mutable.copy(from: UnsafeBufferPointer(start: source, count: batch * width))
    guard let cellSource else { return }
    cell.mutable.copy(from: UnsafeBufferPointer(start: cellSource, count: batch * width))
  }
}

/// The steps of a sequence in chunks, the last one as long as is left.
package func truncatedChunks(steps: Int, length: Int) -> [Range<Int>] {
  precondition(steps >= 0 && length >= 1)
  return stride(from: 0, to: steps, by: length).map { $0..<min($0 + length, steps) }
}
