/// The order in which a layer walks through time.
package enum SequenceDirection: Sendable {
  case forward
  /// From the last step to the first: the other half of a bidirectional layer.
  case reverse
}

/// T steps of B sequences, and which rows take part in which step.
///
/// A row whose mask is zero at a step is *frozen* there: its state goes on unchanged, and no
/// gradient reaches parameters or input,
///
///     h_t = m·cell(x_t, h₋₁) + (1 − m)·h₋₁
///
/// so with the steps after each sequence's end masked this is PyTorch's packed sequence: the last
/// plane holds each row's state at its own end, and the reverse direction starts there. Where
/// PyTorch pads outputs with zeros, the outputs here are the frozen state.
///
/// States have T+1 planes [B, H]: forward, plane 0 is the initial state and plane t+1 the state
/// after step t; in reverse, plane T is the initial state and plane t the state after step t.
package struct SequenceBatch {
  package let steps: Int
  package let batch: Int
  package let direction: SequenceDirection
  /// [T, B], 1 or 0; nil: all take part. Inputs must be finite where it is 0, too.
  package let mask: UnsafePointer<Float>?

  package init(
    steps: Int, batch: Int, direction: SequenceDirection = .forward,
    mask: UnsafePointer<Float>? = nil
  ) {
    precondition(steps >= 1 && batch >= 1)
    self.steps = steps
    self.batch = batch
    self.direction = direction
    self.mask = mask
  }

  /// Plane of the state that step t starts from.
  func before(_ t: Int) -> Int { direction == .forward ? t : t + 1 }
  /// Plane of the state that step t leaves.
  func after(_ t: Int) -> Int { direction == .forward ? t + 1 : t }
  /// The step that is taken n-th.
  func step(_ n: Int) -> Int { direction == .forward ? n : steps - 1 - n }

  /// Plane of the outputs: states [outputs + t] for step t.
  package var outputs: Int { direction == .forward ? 1 : 0 }
  /// Plane of the initial state.
  package var initial: Int { direction == .forward ? 0 : steps }
  /// Plane of the final state.
  package var final: Int { direction == .forward ? steps : 0 }

  /// Calls with neighbouring rows of step t that take part, or that are all frozen.
  @inline(__always)
  func forEachRun(_ t: Int, _ body: (_ first: Int, _ count: Int, _ isActive: Bool) -> Void) {
    guard let mask else { return body(0, batch, true) }
    let row = mask + t * batch
    var first = 0
    while first < batch {
      let isActive = row[first] != 0
      var end = first + 1
      while end < batch, (row[end] != 0) == isActive { end += 1 }
      body(first, end - first, isActive)
      first = end
    }
  }
}

/// A whole sequence, the same bits as T calls of `cellStep`.
///
/// The input's part of all steps could be one product before the first step. It is not: packed
/// matrices make a product of a few rows as fast as one of many, and a step that does both of its
/// products at once does not write the first one's result to memory to read it again.
///
/// - Shape: x [T, B, I] with stride; h [T+1, B, H] and c [T+1, B, cellSize] with the initial state
///   at its plane; tape [T, B, tapeSize]
package func sequenceForward(
  _ cell: some RecurrentCell, packed: UnsafePointer<Float>, _ sequence: SequenceBatch,
  x: UnsafePointer<Float>, xStride: Int,
  h: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>,
  tape: UnsafeMutablePointer<Float>
) {
  let (hidden, cellSize, batch) = (cell.hiddenSize, cell.cellSize, sequence.batch)
  for n in 0..<sequence.steps {
    let t = sequence.step(n)
    sequence.forEachRun(t) { first, count, isActive in
      let before = sequence.before(t) * batch + first
      let after = sequence.after(t) * batch + first
      if isActive {
        cell.advance(
          packed: packed, rows: count, x: x + (t * batch + first) * xStride, xStride: xStride,
          hPrevious: h + before * hidden, cPrevious: c + before * cellSize,
          h: h + after * hidden, c: c + after * cellSize, hStride: hidden, cStride: cellSize,
          tape: tape + (t * batch + first) * cell.tapeSize, keepsTape: true)
      } else {
        (h + after * hidden).update(from: h + before * hidden, count: count * hidden)
        (c + after * cellSize).update(from: c + before * cellSize, count: count * cellSize)
      }
    }
  }
}

/// Rows whose part of the weights' gradients is one product: few enough that their gradients are
/// still in the caches, and enough for the product's full speed.
private let gradientRows = 128

/// Back-propagation through time over what `sequenceForward` left.
///
/// - Shape: x, h, c as in the forward pass; tape [T, B, tapeSize], overwritten by gradients;
///   dh [T, B, H]: gradient of the outputs, overwritten by the total; dc [B, cellSize]: gradient of
///   the final c in, of the initial c out; dh0 [B, H] out; dx [T, B, I] with stride out, or nil;
///   dParameters: the flat buffer of all gradients, added to
package func sequenceBackward(
  _ cell: some RecurrentCell, packed: UnsafePointer<Float>, _ sequence: SequenceBatch,
  x: UnsafePointer<Float>, xStride: Int, h: UnsafePointer<Float>, c: UnsafePointer<Float>,
  tape: UnsafeMutablePointer<Float>,
  dh: UnsafeMutablePointer<Float>, dc: UnsafeMutablePointer<Float>,
  dh0: UnsafeMutablePointer<Float>, dx: UnsafeMutablePointer<Float>?, dxStride: Int,
  dParameters: UnsafeMutablePointer<Float>
) {
  let (hidden, batch) = (cell.hiddenSize, sequence.batch)
  dh0.update(repeating: 0, count: batch * hidden)
  // Steps are taken back in groups, and what follows from a group's gradients is done at once.
  let group = max(1, gradientRows / batch)
  var end = sequence.steps
  while end > 0 {
    let begin = max(0, end - group)
    for n in stride(from: end - 1, through: begin, by: -1) {
      let t = sequence.step(n)
      let dhBefore = n > 0 ? dh + sequence.step(n - 1) * batch * hidden : dh0
      stepBack(
        cell, packed: packed, sequence, t, h: h, c: c, tape: tape, dhNow: dh + t * batch * hidden,
        dc: dc, dhBefore: dhBefore, dParameters: dParameters)
    }
    // The group's earliest step in time, and the state that it started from.
    let first = min(sequence.step(begin), sequence.step(end - 1))
    let rows = (end - begin) * batch
    let tapes = tape + first * batch * cell.tapeSize
    cell.accumulateWeightGradients(
      rows: rows, x: x + first * batch * xStride, xStride: xStride,
      hPrevious: h + sequence.before(first) * batch * hidden, tape: tapes,
      dParameters: dParameters)
    if let dx {
      cell.projectBack(
        packed: packed, rows: rows, tape: tapes, dx: dx + first * batch * dxStride,
        dxStride: dxStride)
    }
    end = begin
  }
}

/// The way back through step t of all rows.
private func stepBack(
  _ cell: some RecurrentCell, packed: UnsafePointer<Float>, _ sequence: SequenceBatch, _ t: Int,
  h: UnsafePointer<Float>, c: UnsafePointer<Float>, tape: UnsafeMutablePointer<Float>,
  dhNow: UnsafeMutablePointer<Float>, dc: UnsafeMutablePointer<Float>,
  dhBefore: UnsafeMutablePointer<Float>, dParameters: UnsafeMutablePointer<Float>
) {
  let (hidden, cellSize, batch) = (cell.hiddenSize, cell.cellSize, sequence.batch)
  sequence.forEachRun(t) { first, count, isActive in
    let before = sequence.before(t) * batch + first
    let after = sequence.after(t) * batch + first
    let tapeNow = tape + (t * batch + first) * cell.tapeSize
    if isActive {
      cell.retreat(
        packed: packed, rows: count,
        hPrevious: h + before * hidden, cPrevious: c + before * cellSize,
        c: c + after * cellSize, dh: dhNow + first * hidden, dc: dc + first * cellSize,
        tape: tapeNow, dhPrevious: dhBefore + first * hidden, dParameters: dParameters)
    } else {
      tapeNow.update(repeating: 0, count: count * cell.tapeSize)
      for index in first * hidden..<(first + count) * hidden { dhBefore[index] += dhNow[index] }
    }
  }
}
