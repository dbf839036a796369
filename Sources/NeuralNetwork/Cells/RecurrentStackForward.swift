/// States, or their gradients, by row: h [B, L·D·H] with stride, c [B, L·D·cellSize]; nil means
/// zeros.
package struct RecurrentState {
  package let h: UnsafePointer<Float>?
  package let c: UnsafePointer<Float>?
  /// nil: dense
  package let hStride: Int?

  package init(
    h: UnsafePointer<Float>? = nil, hStride: Int? = nil, c: UnsafePointer<Float>? = nil
  ) {
    self.h = h
    self.c = c
    self.hStride = hStride
  }
}

/// A pass over T steps of B sequences: what it reads besides the weights.
package struct RecurrentPass {
  package let steps: Int
  package let batch: Int
  /// [T, B], see `SequenceBatch`; nil: all steps count.
  package var mask: UnsafePointer<Float>?
  package var initial = RecurrentState()
  /// Dropout between layers by this seed; nil: none, as when the model is used.
  package var dropoutSeed: UInt64?

  package init(steps: Int, batch: Int) {
    self.steps = steps
    self.batch = batch
  }

  func sequence(_ direction: Int) -> SequenceBatch {
    SequenceBatch(
      steps: steps, batch: batch, direction: direction == 0 ? .forward : .reverse, mask: mask)
  }

  /// The dropout above a layer, if any.
  func dropoutSeed(above layer: Int, _ shape: RecurrentStackShape) -> UInt64? {
    shape.dropout == 0 ? nil : dropoutSeed.map { $0 &+ UInt64(layer) &* 0xd1b5_4a32_d192_ed03 }
  }
}

/// The whole stack over whole sequences. Outputs and final states are left in the workspace, and
/// all that the backward pass needs.
///
/// - Shape: x [T, B, I]
package func stackForward(
  _ stack: RecurrentStack, packed: UnsafePointer<Float>, _ pass: RecurrentPass,
  x: UnsafePointer<Float>, workspace: inout RecurrentWorkspace
) {
  let shape = stack.shape
  let places = RecurrentPlaces(stack, steps: pass.steps, batch: pass.batch)
  workspace.reserve(stack, steps: pass.steps, batch: pass.batch)
  let pointers = workspace.pointers()
  let scratch = pointers.scratch
  for layer in 0..<shape.layerCount {
    let input = layer == 0 ? x : UnsafePointer(scratch + places.aboveInput(layer - 1))
    for direction in 0..<shape.directionCount {
      let index = layer * shape.directionCount + direction
      let sequence = pass.sequence(direction)
      let h = scratch + places.hidden(layer, direction)
      let c = scratch + places.cell(layer, direction)
      gather(
        pass.initial.h, pass.initial.hStride ?? stack.hiddenStateSize, index, shape.hiddenSize,
        batch: pass.batch,
        into: h + sequence.initial * pass.batch * shape.hiddenSize)
      gather(
        pass.initial.c, stack.cellStateSize, index, stack.cellSize, batch: pass.batch,
        into: c + sequence.initial * pass.batch * stack.cellSize)
      sequenceForward(
        stack.cells[index], packed: packed, sequence, x: input,
        xStride: shape.inputSize(ofLayer: layer), h: h, c: c,
        tape: scratch + places.tape(layer, direction))
      scatter(
        h + sequence.final * pass.batch * shape.hiddenSize, shape.hiddenSize, batch: pass.batch,
        into: pointers.finalHidden, stack.hiddenStateSize, index)
      scatter(
        c + sequence.final * pass.batch * stack.cellSize, stack.cellSize, batch: pass.batch,
        into: pointers.finalCell, stack.cellStateSize, index)
    }
    if shape.isBidirectional { joinDirections(places, layer: layer, scratch: scratch) }
    if layer < shape.layerCount - 1, !shape.isPlain {
      prepareInput(stack, packed: packed, pass, places, above: layer, scratch: scratch)
    }
  }
}

/// Outputs of both directions side by side, [T, B, 2H].
private func joinDirections(
  _ places: RecurrentPlaces, layer: Int, scratch: UnsafeMutablePointer<Float>
) {
  let hidden = places.shape.hiddenSize
  let forward = scratch + places.hidden(layer, 0) + places.batch * hidden
  let reverse = scratch + places.hidden(layer, 1)
  let target = scratch + places.output(layer)
  for row in 0..<(places.steps * places.batch) {
    (target + 2 * row * hidden).update(from: forward + row * hidden, count: hidden)
    (target + (2 * row + 1) * hidden).update(from: reverse + row * hidden, count: hidden)
  }
}

/// What the layer above reads: the outputs, normalised, with dropout.
private func prepareInput(
  _ stack: RecurrentStack, packed: UnsafePointer<Float>, _ pass: RecurrentPass,
  _ places: RecurrentPlaces, above layer: Int, scratch: UnsafeMutablePointer<Float>
) {
  let size = stack.shape.outputSize
  let rows = pass.steps * pass.batch
  let target = scratch + places.aboveInput(layer)
  var source = scratch + places.output(layer)
  if !stack.norms.isEmpty {
    let mean = scratch + places.norm(layer)
    layerNormForward(
      stack.norms[layer], packed: packed, rows: rows, x: source, xStride: size, y: target,
      yStride: size, mean: mean, scale: mean + rows)
    source = target
  }
  if let seed = pass.dropoutSeed(above: layer, stack.shape) {
    dropout(count: rows * size, rate: stack.shape.dropout, seed: seed, x: source, y: target)
  } else if source != target {
    target.update(from: source, count: rows * size)
  }
}

/// A cell's columns of rows [B, width] to its own [B, size]; zeros where there are no rows.
func gather(
  _ rows: UnsafePointer<Float>?, _ width: Int, _ index: Int, _ size: Int, batch: Int,
  into plane: UnsafeMutablePointer<Float>
) {
  guard let rows else { return plane.update(repeating: 0, count: batch * size) }
  for row in 0..<batch {
    (plane + row * size).update(from: rows + row * width + index * size, count: size)
  }
}

/// A cell's [B, size] to its columns of rows [B, width].
func scatter(
  _ plane: UnsafePointer<Float>, _ size: Int, batch: Int,
  into rows: UnsafeMutablePointer<Float>, _ width: Int, _ index: Int
) {
  for row in 0..<batch {
    (rows + row * width + index * size).update(from: plane + row * size, count: size)
  }
}
