import Numerics

extension ForecastNetwork {
  /// The features of all positions' origins, [P·B, H], rows position-major.
  func gatherOrigins(
    _ chunk: borrowing ForecastTrainingChunk, _ pass: ForecastTrainingPass,
    mask: UnsafePointer<Float>
  ) -> UnsafePointer<Float> {
    let (hidden, batch) = (shape.hiddenSize, chunk.batch)
    let rows = chunk.positions.count * batch
    let block = ForecastOriginBlock(
      parts, shape, rows: rows, at: pass.scratch + pass.places.origins)
    for (index, position) in chunk.positions.enumerated() {
      for series in 0..<batch {
        let row = index * batch + series
        block.mask[row] = 0
        for n in 0..<shape.horizon where mask[row * shape.horizon + n] != 0 { block.mask[row] = 1 }
      }
      // Step t's state is t + 1 among the states that `state` counts.
      let target = shape.pooledStates > 1 ? block.window : block.raw
      for k in 0..<shape.pooledStates {
        for series in 0..<batch {
          let place = (k * rows + index * batch + series) * hidden
          (target + place).update(
            from: state(chunk, pass, position + 1 + k, series: series), count: hidden)
        }
      }
    }
    let isTraining = pass.gradients != nil
    return UnsafePointer(
      originForward(
        block, packed: pass.packed, rows: rows, statistics: pass.statistics,
        running: isTraining ? pass.running : nil,
        dropoutSeed: isTraining ? chunk.dropoutSeed : nil))
  }

  /// Gradients of the origins' features to those of the top layer's outputs; they stop at states
  /// from before the chunk.
  func scatterOrigins(
    _ chunk: borrowing ForecastTrainingChunk, _ pass: ForecastTrainingPass,
    gradients: UnsafeMutablePointer<Float>
  ) {
    let (hidden, batch, places) = (shape.hiddenSize, chunk.batch, pass.places)
    let rows = chunk.positions.count * batch
    let (scratch, dOutputs) = (pass.scratch, pass.scratch + places.dOutputs)
    dOutputs.update(repeating: 0, count: chunk.steps * batch * hidden)
    let dFeatures = scratch + places.dFeatures
    let dWindow = scratch + places.dWindow
    originBackward(
      ForecastOriginBlock(parts, shape, rows: rows, at: scratch + places.origins),
      packed: pass.packed, rows: rows, dropoutSeed: chunk.dropoutSeed, dFeatures: dFeatures,
      dWindow: dWindow, scratch: scratch + places.dAttention, dParameters: gradients)
    let source = shape.pooledStates > 1 ? dWindow : dFeatures
    for (index, position) in chunk.positions.enumerated() {
      for k in 0..<shape.pooledStates {
        let step = position + 1 + k - shape.pooledStates
        if step < 0 { continue }
        let from = source + (k * rows + index * batch) * hidden
        let to = dOutputs + step * batch * hidden
        for place in 0..<(batch * hidden) { to[place] += from[place] }
      }
    }
  }

  /// A row of the top layer's states in time: first the A states from before the chunk, oldest
  /// first, then the chunk's outputs.
  private func state(
    _ chunk: borrowing ForecastTrainingChunk, _ pass: ForecastTrainingPass, _ index: Int,
    series: Int
  ) -> UnsafePointer<Float> {
    let (hidden, pooled) = (shape.hiddenSize, shape.pooledStates)
    if index >= pooled {
      return pass.outputs + ((index - pooled) * chunk.batch + series) * hidden
    }
    guard let initial = chunk.initialHidden.elements.baseAddress else {
      preconditionFailure("a FloatBuffer has an address, whatever its count")
    }
    let row = initial + series * shape.stateSize
    return index == pooled - 1
      ? row + shape.recurrentSize - hidden : row + shape.recurrentSize + index * hidden
  }

  /// The states after the chunk, rows [B, stateSize]: the recurrent layers' [B, L·H], then what
  /// attention pools beside the newest.
  func writeFinalHidden(
    _ chunk: borrowing ForecastTrainingChunk, _ pass: ForecastTrainingPass,
    recurrent: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let (hidden, size) = (shape.hiddenSize, shape.recurrentSize)
    for series in 0..<chunk.batch {
      let row = target + series * shape.stateSize
      row.update(from: recurrent + series * size, count: size)
      for k in 0..<(shape.pooledStates - 1) {
        (row + size + k * hidden).update(
          from: state(chunk, pass, chunk.steps + k, series: series), count: hidden)
      }
    }
  }
}
