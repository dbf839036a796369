import Numerics

/// The way back through `stackForward`, with the same pass and x. Gradients of the initial states
/// are left in the workspace.
///
/// - Shape: dOutputs [T, B, D·H]; dFinal: gradients of the final states, by row; dx [T, B, I] or
///   nil; dParameters: the flat buffer of all gradients, added to
package func stackBackward(
  _ stack: RecurrentStack, packed: UnsafePointer<Float>, _ pass: RecurrentPass,
  x: UnsafePointer<Float>, dOutputs: UnsafePointer<Float>, dFinal: RecurrentState = .init(),
  dx: UnsafeMutablePointer<Float>?, dParameters: UnsafeMutablePointer<Float>,
  workspace: inout RecurrentWorkspace
) {
  let shape = stack.shape
  let places = RecurrentPlaces(stack, steps: pass.steps, batch: pass.batch)
  workspace.requireRoom(places, stack)
  let pointers = workspace.pointers()
  let scratch = pointers.scratch
  for layer in stride(from: shape.layerCount - 1, through: 0, by: -1) {
    let dLayer =
      layer == shape.layerCount - 1 ? dOutputs : UnsafePointer(scratch + places.dInput)
    splitDirections(places, dLayer, scratch: scratch)
    for direction in 0..<shape.directionCount {
      let dInput = layer > 0 ? scratch + places.dInput : dx
      cellBackward(
        stack, packed: packed, pass, places, layer: layer, direction: direction,
        x: layer == 0 ? x : UnsafePointer(scratch + places.aboveInput(layer - 1)), dFinal: dFinal,
        dx: dInput.map { direction == 0 ? $0 : scratch + places.dInputReverse },
        dParameters: dParameters, pointers)
      if direction == 1, let dInput {
        VectorKernels.current.accumulate(
          scratch + places.dInputReverse, into: dInput,
          count: pass.steps * pass.batch * shape.inputSize(ofLayer: layer))
      }
    }
    if layer > 0 {
      inputBackward(
        stack, packed: packed, pass, places, above: layer - 1, scratch: scratch,
        dParameters: dParameters)
    }
  }
}

/// One cell's part, from its outputs' gradients at dForward or dReverse.
private func cellBackward(
  _ stack: RecurrentStack, packed: UnsafePointer<Float>, _ pass: RecurrentPass,
  _ places: RecurrentPlaces, layer: Int, direction: Int, x: UnsafePointer<Float>,
  dFinal: RecurrentState, dx: UnsafeMutablePointer<Float>?,
  dParameters: UnsafeMutablePointer<Float>, _ pointers: RecurrentPointers
) {
  let (hidden, cellSize, batch) = (stack.shape.hiddenSize, stack.cellSize, pass.batch)
  let scratch = pointers.scratch
  let sequence = pass.sequence(direction)
  let index = layer * stack.shape.directionCount + direction
  let dh = scratch + (direction == 0 ? places.dForward : places.dReverse)
  let (dc, dh0) = (scratch + places.dCell, scratch + places.dHidden0)
  if let rows = dFinal.h {
    // The final state is what the last step taken put out.
    let last = dh + sequence.step(pass.steps - 1) * batch * hidden
    for row in 0..<batch {
      let source = rows + row * (dFinal.hStride ?? stack.hiddenStateSize) + index * hidden
      for k in 0..<hidden { last[row * hidden + k] += source[k] }
    }
  }
  gather(dFinal.c, stack.cellStateSize, index, cellSize, batch: batch, into: dc)
  let inputSize = stack.shape.inputSize(ofLayer: layer)
  sequenceBackward(
    stack.cells[index], packed: packed, sequence, x: x, xStride: inputSize,
    h: scratch + places.hidden(layer, direction), c: scratch + places.cell(layer, direction),
    tape: scratch + places.tape(layer, direction), dh: dh, dc: dc, dh0: dh0, dx: dx,
    dxStride: inputSize, dParameters: dParameters)
  scatter(dh0, hidden, batch: batch, into: pointers.dInitialHidden, stack.hiddenStateSize, index)
  scatter(dc, cellSize, batch: batch, into: pointers.dInitialCell, stack.cellStateSize, index)
}

/// Gradients of a layer's outputs [T, B, D·H] to those of each direction's.
private func splitDirections(
  _ places: RecurrentPlaces, _ dLayer: UnsafePointer<Float>,
  scratch: UnsafeMutablePointer<Float>
) {
  let hidden = places.shape.hiddenSize
  let rows = places.steps * places.batch
  let forward = scratch + places.dForward
  guard places.shape.isBidirectional else {
    return forward.update(from: dLayer, count: rows * hidden)
  }
  let reverse = scratch + places.dReverse
  for row in 0..<rows {
    (forward + row * hidden).update(from: dLayer + 2 * row * hidden, count: hidden)
    (reverse + row * hidden).update(from: dLayer + (2 * row + 1) * hidden, count: hidden)
  }
}

/// dInput, in place, from the gradient of what a layer above read to that of the outputs below.
private func inputBackward(
  _ stack: RecurrentStack, packed: UnsafePointer<Float>, _ pass: RecurrentPass,
  _ places: RecurrentPlaces, above layer: Int, scratch: UnsafeMutablePointer<Float>,
  dParameters: UnsafeMutablePointer<Float>
) {
  let size = stack.shape.outputSize
  let rows = pass.steps * pass.batch
  let gradient = scratch + places.dInput
  if let seed = pass.dropoutSeed(above: layer, stack.shape) {
    dropout(count: rows * size, rate: stack.shape.dropout, seed: seed, x: gradient, y: gradient)
  }
  if !stack.norms.isEmpty {
    let mean = scratch + places.norm(layer)
    layerNormBackward(
      stack.norms[layer], packed: packed, rows: rows, x: scratch + places.output(layer),
      xStride: size, mean: mean, scale: mean + rows, dy: gradient, dx: gradient,
      dParameters: dParameters)
  }
}
