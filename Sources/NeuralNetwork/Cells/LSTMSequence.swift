// One LSTM layer without a `RecurrentStack` about it, for models that are put together by hand: the
// benchmark beside PyTorch and the tests of the cell. The forecaster goes through `stackStep`,
// `stackForward` and `stackBackward`, which call the same cell.

/// One step of independent rows whose state is replaced in place.
///
/// - Shape: x [rows, I], h, c [rows, H] with strides, gates scratch [rows, 4H]
package func lstmStep(
  _ layer: LSTMLayer, packed: UnsafePointer<Float>, rows: Int,
  x: UnsafePointer<Float>, xStride: Int,
  h: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>, stateStride: Int,
  gates: UnsafeMutablePointer<Float>
) {
  cellStep(
    layer, packed: packed, rows: rows, x: x, xStride: xStride, h: h, c: c, hStride: stateStride,
    cStride: stateStride, tape: gates)
}

/// A whole sequence: same bits as T calls of `lstmStep`.
///
/// - Shape: x [T, B, I], h, c [T+1, B, H] with the initial state at index 0, gates [T, B, 4H] left
///   activated for the backward pass
package func lstmForward(
  _ layer: LSTMLayer, packed: UnsafePointer<Float>, steps: Int, batch: Int,
  x: UnsafePointer<Float>,
  h: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>,
  gates: UnsafeMutablePointer<Float>
) {
  sequenceForward(
    layer, packed: packed, SequenceBatch(steps: steps, batch: batch), x: x,
    xStride: layer.inputSize, h: h, c: c, tape: gates)
}

/// Back-propagation through time over the activations that `lstmForward` left.
///
/// - Shape: x [T, B, I]; h, c [T+1, B, H]; gates [T, B, 4H], overwritten by their gradients;
///   dh [T, B, H]: gradient of the outputs, overwritten by the total;
///   dc [B, H]: gradient of the last cell state in, of the first out; dh0 [B, H] out;
///   dx [T, B, I] out, or nil; dParameters: the flat buffer of all gradients, added to
package func lstmBackward(
  _ layer: LSTMLayer, packed: UnsafePointer<Float>, steps: Int, batch: Int,
  x: UnsafePointer<Float>, h: UnsafePointer<Float>, c: UnsafePointer<Float>,
  gates: UnsafeMutablePointer<Float>,
  dh: UnsafeMutablePointer<Float>, dc: UnsafeMutablePointer<Float>,
  dh0: UnsafeMutablePointer<Float>, dx: UnsafeMutablePointer<Float>?,
  dParameters: UnsafeMutablePointer<Float>
) {
  sequenceBackward(
    layer, packed: packed, SequenceBatch(steps: steps, batch: batch), x: x,
    xStride: layer.inputSize, h: h, c: c, tape: gates, dh: dh, dc: dc, dh0: dh0, dx: dx,
    dxStride: layer.inputSize, dParameters: dParameters)
}
