package import Numerics

/// Activations and gradients of a stack over one batch of sequences; one for each thread. It grows
/// to the largest batch, after which nothing is allocated.
package struct RecurrentWorkspace: ~Copyable, Sendable {
  private var scratch = FloatBuffer(count: 0)
  /// State after the last step, [B, L·D·H] and [B, L·D·cellSize]: the next batch's initial state.
  package private(set) var finalHidden = FloatBuffer(count: 0)
  package private(set) var finalCell = FloatBuffer(count: 0)
  /// Gradients of the initial state, the same shapes.
  package private(set) var dInitialHidden = FloatBuffer(count: 0)
  package private(set) var dInitialCell = FloatBuffer(count: 0)

  package init() {}

  /// Room for T steps of B sequences; what is there is kept only where it is large enough.
  package mutating func reserve(_ stack: RecurrentStack, steps: Int, batch: Int) {
    scratch.reserve(RecurrentPlaces(stack, steps: steps, batch: batch).count)
    finalHidden.resize(batch * stack.hiddenStateSize)
    finalCell.resize(batch * stack.cellStateSize)
    dInitialHidden.resize(batch * stack.hiddenStateSize)
    dInitialCell.resize(batch * stack.cellStateSize)
  }

  func requireRoom(_ places: RecurrentPlaces, _ stack: RecurrentStack) {
    precondition(
      places.count <= scratch.count && finalHidden.count == places.batch * stack.hiddenStateSize,
      "no room was reserved for this pass")
  }

  /// Addresses for one pass, valid while nobody else uses the workspace.
  mutating func pointers() -> RecurrentPointers {
    guard let scratch = scratch.mutable.baseAddress,
      let finalHidden = finalHidden.mutable.baseAddress,
      let finalCell = finalCell.mutable.baseAddress,
      let dInitialHidden = dInitialHidden.mutable.baseAddress,
      let dInitialCell = dInitialCell.mutable.baseAddress
    else { preconditionFailure("a FloatBuffer has an address, whatever its count") }
    return RecurrentPointers(
      scratch: scratch, finalHidden: finalHidden, finalCell: finalCell,
      dInitialHidden: dInitialHidden, dInitialCell: dInitialCell)
  }

  /// The top layer's outputs after a forward pass over as many steps and sequences, [T, B, D·H].
  package mutating func outputs(
    _ stack: RecurrentStack, steps: Int, batch: Int
  ) -> UnsafeMutablePointer<Float> {
    let places = RecurrentPlaces(stack, steps: steps, batch: batch)
    return pointers().scratch + places.output(stack.shape.layerCount - 1)
  }
}

struct RecurrentPointers {
  let scratch: UnsafeMutablePointer<Float>
  let finalHidden: UnsafeMutablePointer<Float>
  let finalCell: UnsafeMutablePointer<Float>
  let dInitialHidden: UnsafeMutablePointer<Float>
  let dInitialCell: UnsafeMutablePointer<Float>
}

/// Offsets of a pass's activations and gradients inside one scratch buffer.
struct RecurrentPlaces {
  let shape: RecurrentStackShape
  let steps: Int
  let batch: Int
  /// Floats of a direction of a layer: h and c [T+1, B, ·], tape [T, B, ·].
  private let cellPart: Int
  private let hiddenPart: Int
  private let directionPart: Int
  /// Floats of a layer: its directions; outputs side by side where there are two; the next layer's
  /// input where that is not the outputs themselves; mean and scale of the normalisation.
  private let sidePart: Int
  private let inputPart: Int
  private let normPart: Int
  private let layerPart: Int

  /// Gradients of one layer at work, each [T, B, ·]: of the two directions' outputs, of the layer's
  /// input, and of the input by the reverse direction; [B, ·]: of the initial h and c.
  let dForward: Int
  let dReverse: Int
  let dInput: Int
  let dInputReverse: Int
  let dHidden0: Int
  let dCell: Int
  let count: Int

  init(_ stack: RecurrentStack, steps: Int, batch: Int) {
    precondition(steps >= 1 && batch >= 1)
    let shape = stack.shape
    self.shape = shape
    self.steps = steps
    self.batch = batch
    let rows = steps * batch
    hiddenPart = Self.rounded((rows + batch) * shape.hiddenSize)
    cellPart = Self.rounded((rows + batch) * stack.cellSize)
    directionPart = hiddenPart + cellPart + Self.rounded(rows * stack.tapeSize)
    let outputs = Self.rounded(rows * shape.outputSize)
    sidePart = shape.isBidirectional ? outputs : 0
    inputPart = shape.isPlain ? 0 : outputs
    normPart = stack.norms.isEmpty ? 0 : Self.rounded(2 * rows)
    layerPart = shape.directionCount * directionPart + sidePart + inputPart + normPart
    var next = shape.layerCount * layerPart
    func place(_ length: Int) -> Int {
      defer { next += Self.rounded(length) }
      return next
    }
    let direction = rows * shape.hiddenSize
    dForward = place(direction)
    dReverse = place(shape.isBidirectional ? direction : 0)
    let widest = rows * max(shape.inputSize, shape.outputSize)
    dInput = place(widest)
    dInputReverse = place(shape.isBidirectional ? widest : 0)
    dHidden0 = place(batch * shape.hiddenSize)
    dCell = place(batch * stack.cellSize)
    count = next
  }

  /// [T+1, B, H], see `SequenceBatch`.
  func hidden(_ layer: Int, _ direction: Int) -> Int {
    layer * layerPart + direction * directionPart
  }
  /// [T+1, B, cellSize]
  func cell(_ layer: Int, _ direction: Int) -> Int { hidden(layer, direction) + hiddenPart }
  /// [T, B, tapeSize]
  func tape(_ layer: Int, _ direction: Int) -> Int { cell(layer, direction) + cellPart }
  /// [T, B, D·H]: the forward direction's states after each step, or both directions' side by side.
  func output(_ layer: Int) -> Int {
    shape.isBidirectional
      ? layer * layerPart + 2 * directionPart : hidden(layer, 0) + batch * shape.hiddenSize
  }
  /// [T, B, D·H]: what the layer above reads.
  func aboveInput(_ layer: Int) -> Int {
    shape.isPlain
      ? output(layer) : layer * layerPart + shape.directionCount * directionPart + sidePart
  }
  /// Mean and scale of the normalisation above, [T·B] each.
  func norm(_ layer: Int) -> Int {
    layer * layerPart + shape.directionCount * directionPart + sidePart + inputPart
  }

  /// Whole cache lines.
  private static func rounded(_ count: Int) -> Int { (count + 15) & ~15 }
}
