package import NeuralNetwork
package import Numerics

/// Activations and gradients of one chunk; one for each thread, reused from chunk to chunk.
package struct ForecastTrainingWorkspace: ~Copyable, Sendable {
  /// Rows of the head worked on at a time.
  static let headRows = 128
  var scratch = FloatBuffer(count: 0)
  var recurrent = RecurrentWorkspace()
  /// The network's statistics as they are after the chunk, where gradients were computed.
  package internal(set) var statistics = FloatBuffer(count: 0)
  /// State after the chunk's last step, [B, stateSize] and [B, cellSize]: the next chunk's initial
  /// state.
  package internal(set) var finalHidden = FloatBuffer(count: 0)
  package internal(set) var finalCell = FloatBuffer(count: 0)

  package init() {}
}

extension ForecastNetwork {
  /// The training's loss over the chunk's counted values and its gradients, added to `gradients`.
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
    let counted = normalizer ?? chunk.countedValues(quantiles: shape.valuesPerTarget)
    return run(
      chunk, gradients: gradients.baseAddress, scale: counted == 0 ? 0 : 1 / Float(counted),
      workspace: &workspace)
  }

  /// Pinball loss of the forecast's quantiles, without gradients, dropout or the batch's
  /// statistics: the same value, bit for bit, where the network is trained on it and has none of
  /// these. Leaves the final state in the workspace.
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
    precondition(chunk.inputs.count == chunk.steps * chunk.batch * shape.inputSize)
    precondition(chunk.initialHidden.count == chunk.batch * shape.stateSize)
    precondition(chunk.initialCell.count == chunk.batch * shape.cellSize)
    let places = ForecastTrainingPlaces(
      parts, shape, steps: chunk.steps, batch: chunk.batch, positions: chunk.positions.count)
    workspace.scratch.reserve(places.count)
    workspace.finalHidden.resize(chunk.batch * shape.stateSize)
    workspace.finalCell.resize(chunk.batch * shape.cellSize)
    workspace.statistics.resize(parts.statistics.count)
    guard let inputs = chunk.inputs.elements.baseAddress,
      let scratch = workspace.scratch.mutable.baseAddress,
      let running = workspace.statistics.mutable.baseAddress,
      let finalHidden = workspace.finalHidden.mutable.baseAddress,
      let initialHidden = chunk.initialHidden.elements.baseAddress,
      let initialCell = chunk.initialCell.elements.baseAddress
    else { preconditionFailure("a FloatBuffer has an address, whatever its count") }
    var recurrent = RecurrentPass(steps: chunk.steps, batch: chunk.batch)
    recurrent.initial = RecurrentState(
      h: initialHidden, hStride: shape.stateSize, c: initialCell)
    if gradients != nil { recurrent.dropoutSeed = chunk.dropoutSeed }
    return withPacked { packed, statistics in
      stackForward(
        parts.recurrent, packed: packed, recurrent, x: inputs, workspace: &workspace.recurrent)
      running.update(from: statistics, count: parts.statistics.count)
      let outputs = workspace.recurrent.outputs(
        parts.recurrent, steps: chunk.steps, batch: chunk.batch)
      let pass = ForecastTrainingPass(
        packed: packed, statistics: statistics, places: places, scratch: scratch,
        outputs: outputs, gradients: gradients, running: running, scale: scale)
      workspace.finalCell.mutable.copy(from: workspace.recurrent.finalCell.elements)
      if let final = workspace.recurrent.finalHidden.elements.baseAddress {
        writeFinalHidden(chunk, pass, recurrent: final, into: finalHidden)
      }
      let loss = headLoss(chunk, pass)
      if let gradients {
        stackBackward(
          parts.recurrent, packed: packed, recurrent, x: inputs,
          dOutputs: scratch + places.dOutputs, dx: nil, dParameters: gradients,
          workspace: &workspace.recurrent)
      }
      return loss
    }
  }
}

extension ForecastTrainingWorkspace {
  /// Gradients of the chunk's initial state, [B, L·H] and [B, cellSize].
  package var dInitialHidden: UnsafeBufferPointer<Float> { recurrent.dInitialHidden.elements }
  package var dInitialCell: UnsafeBufferPointer<Float> { recurrent.dInitialCell.elements }
}
