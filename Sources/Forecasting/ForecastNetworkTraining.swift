package import NeuralNetwork
package import Numerics

/// Activations and gradients of one chunk; one for each thread, reused from chunk to chunk.
package struct ForecastTrainingWorkspace: ~Copyable, Sendable {
  /// Rows of the head worked on at a time.
  static let headRows = 128
  var scratch = FloatBuffer(count: 0)
  /// State after the chunk's last step, [B, L·H]: the next chunk's initial state.
  package internal(set) var finalHidden = FloatBuffer(count: 0)
  package internal(set) var finalCell = FloatBuffer(count: 0)
  /// Gradients of the chunk's initial state, [B, L·H].
  package internal(set) var dInitialHidden = FloatBuffer(count: 0)
  package internal(set) var dInitialCell = FloatBuffer(count: 0)

  package init() {}
}

extension ForecastNetwork {
  /// Pinball loss over the chunk's counted values and its gradients, added to `gradients`.
  ///
  /// Leaves the final state and the initial state's gradients in the workspace. Gradients are those
  /// of sum / normalizer, where the normalizer is the chunk's own count unless given: shards of one
  /// minibatch all pass the minibatch's count. Nothing is cut off or clipped here.
  ///
  /// - Shape: gradients [layout.count], zeroed by the caller or holding what to add to
  package func lossAndGradients(
    _ chunk: borrowing ForecastTrainingChunk,
    addingTo gradients: UnsafeMutableBufferPointer<Float>,
    normalizer: Int? = nil,
    workspace: inout ForecastTrainingWorkspace
  ) -> LossSum {
    precondition(gradients.count == layout.count)
    let counted = normalizer ?? chunk.countedValues(quantiles: shape.quantiles.count)
    return run(
      chunk, gradients: gradients.baseAddress, scale: counted == 0 ? 0 : 1 / Float(counted),
      workspace: &workspace)
  }

  /// The same value, bit for bit, without gradients; leaves the final state in the workspace.
  package func loss(
    _ chunk: borrowing ForecastTrainingChunk, workspace: inout ForecastTrainingWorkspace
  ) -> LossSum {
    run(chunk, gradients: nil, scale: 0, workspace: &workspace)
  }
}

extension ForecastNetwork {
  private func run(
    _ chunk: borrowing ForecastTrainingChunk, gradients: UnsafeMutablePointer<Float>?,
    scale: Float, workspace: inout ForecastTrainingWorkspace
  ) -> LossSum {
    let size = chunk.batch * shape.stateSize
    precondition(chunk.inputs.count == chunk.steps * chunk.batch * shape.inputSize)
    precondition(chunk.initialHidden.count == size && chunk.initialCell.count == size)
    workspace.finalHidden.resize(size)
    workspace.finalCell.resize(size)
    let places = ForecastTrainingPlaces(shape, steps: chunk.steps, batch: chunk.batch)
    workspace.scratch.reserve(places.count)
    guard let scratch = workspace.scratch.mutable.baseAddress else {
      preconditionFailure("a FloatBuffer has an address, whatever its count")
    }
    return withPacked { packed in
      recurrentForward(chunk, packed: packed, places: places, scratch: scratch)
      copyFinalState(places, scratch: scratch, workspace: &workspace)
      let loss = headLoss(
        chunk, packed: packed, places: places, scratch: scratch, gradients: gradients,
        scale: scale)
      if let gradients {
        workspace.dInitialHidden.resize(size)
        workspace.dInitialCell.resize(size)
        recurrentBackward(
          chunk, packed: packed, places: places, scratch: scratch, gradients: gradients,
          workspace: &workspace)
      }
      return loss
    }
  }

  /// [B, L·H] rows to each layer's [B, H] at its first slot, then the layers in turn.
  private func recurrentForward(
    _ chunk: borrowing ForecastTrainingChunk, packed: UnsafePointer<Float>,
    places: ForecastTrainingPlaces, scratch: UnsafeMutablePointer<Float>
  ) {
    for (index, layer) in parts.lstm.enumerated() {
      let h = scratch + places.hidden(index)
      let c = scratch + places.cell(index)
      for row in 0..<chunk.batch {
        let from = row * shape.stateSize + index * shape.hiddenSize
        for j in 0..<shape.hiddenSize {
          h[row * shape.hiddenSize + j] = chunk.initialHidden.elements[from + j]
          c[row * shape.hiddenSize + j] = chunk.initialCell.elements[from + j]
        }
      }
      lstmForward(
        layer, packed: packed, steps: chunk.steps, batch: chunk.batch,
        x: layerInput(index, chunk, places: places, scratch: scratch),
        h: h, c: c, gates: scratch + places.gates(index))
    }
  }

  /// [T, B, I] of the first layer, [T, B, H] of the others: the outputs of the layer below.
  private func layerInput(
    _ index: Int, _ chunk: borrowing ForecastTrainingChunk, places: ForecastTrainingPlaces,
    scratch: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    if index > 0 { return UnsafePointer(scratch + places.hidden(index - 1) + places.plane) }
    guard let inputs = chunk.inputs.elements.baseAddress else {
      preconditionFailure("a FloatBuffer has an address, whatever its count")
    }
    return inputs
  }

  private func copyFinalState(
    _ places: ForecastTrainingPlaces, scratch: UnsafeMutablePointer<Float>,
    workspace: inout ForecastTrainingWorkspace
  ) {
    let hidden = workspace.finalHidden.mutable
    let cell = workspace.finalCell.mutable
    let last = places.steps * places.plane
    for index in 0..<shape.layerCount {
      scatter(scratch + places.hidden(index) + last, layer: index, into: hidden)
      scatter(scratch + places.cell(index) + last, layer: index, into: cell)
    }
  }

  /// A layer's [B, H] to its columns of the rows [B, L·H].
  private func scatter(
    _ plane: UnsafePointer<Float>, layer: Int, into rows: UnsafeMutableBufferPointer<Float>
  ) {
    for row in 0..<(rows.count / shape.stateSize) {
      for j in 0..<shape.hiddenSize {
        rows[row * shape.stateSize + layer * shape.hiddenSize + j] =
          plane[row * shape.hiddenSize + j]
      }
    }
  }

  private func recurrentBackward(
    _ chunk: borrowing ForecastTrainingChunk, packed: UnsafePointer<Float>,
    places: ForecastTrainingPlaces, scratch: UnsafeMutablePointer<Float>,
    gradients: UnsafeMutablePointer<Float>, workspace: inout ForecastTrainingWorkspace
  ) {
    var dh = scratch + places.dHidden
    var dx = scratch + places.dInput
    let dc = scratch + places.dCell
    let dh0 = scratch + places.dHidden0
    for (index, layer) in parts.lstm.enumerated().reversed() {
      dc.update(repeating: 0, count: places.plane)
      lstmBackward(
        layer, packed: packed, steps: chunk.steps, batch: chunk.batch,
        x: layerInput(index, chunk, places: places, scratch: scratch),
        h: scratch + places.hidden(index), c: scratch + places.cell(index),
        gates: scratch + places.gates(index),
        dh: dh, dc: dc, dh0: dh0, dx: index > 0 ? dx : nil, dParameters: gradients)
      scatter(dh0, layer: index, into: workspace.dInitialHidden.mutable)
      scatter(dc, layer: index, into: workspace.dInitialCell.mutable)
      swap(&dh, &dx)
    }
  }
}
