package import Numerics

/// A recurrent cell: one step's state from its input and the state before, and the way back.
///
///     (h, c) = cell(x, h₋₁, c₋₁)
///
/// A new cell is a file with a type that conforms, and a case of `RecurrentCellKind`, its name in
/// configurations. `sequenceForward` and `sequenceBackward` then run it over whole sequences, with
/// masks and in both directions, and `RecurrentStack` builds layers of it.
///
/// h is the layer's output; c is whatever else a cell carries (an LSTM's cell state; nothing in a
/// GRU). All arguments are rows of independent sequences, and a row's result is the same bits
/// whatever rows are around it. The *tape* is what a step leaves for its backward pass; there it is
/// overwritten by gradients.
///
/// Parameters lie one after the other in the flat buffer, PyTorch's names and shapes:
/// weight_ih [G, I], weight_hh [G, H], bias_ih [G], bias_hh [G] with G rows for all gates.
package protocol RecurrentCell: Sendable {
  /// Appends `<prefix>.weight_ih_<suffix>` and its three siblings to the layout.
  ///
  /// - Parameter suffix: `l0`, or `l0_reverse` for the other direction, as in PyTorch.
  init(
    prefix: String, suffix: String, inputSize: Int, hiddenSize: Int,
    layout: inout ParameterLayout, packing: inout PackedStorageLayout)

  var inputSize: Int { get }
  var hiddenSize: Int { get }
  /// Floats of c for a row, zero where there is none.
  var cellSize: Int { get }
  /// Floats of the tape for a row and step.
  var tapeSize: Int { get }
  /// Its parameters in the flat buffer.
  var parameters: RecurrentParameters { get }

  /// Copies the parameters to the packed storage; due after every change of the parameters.
  func pack(_ parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>)

  /// One step; h may be hPrevious and c may be cPrevious. The tape is left for `retreat` where it
  /// is to be kept, else it is scratch.
  ///
  /// - Shape: x [rows, I], hPrevious, h [rows, H], cPrevious, c [rows, cellSize], strides as given,
  ///   tape [rows, tapeSize]
  func advance(
    packed: UnsafePointer<Float>, rows: Int, x: UnsafePointer<Float>, xStride: Int,
    hPrevious: UnsafePointer<Float>, cPrevious: UnsafePointer<Float>,
    h: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>, hStride: Int, cStride: Int,
    tape: UnsafeMutablePointer<Float>, keepsTape: Bool)

  /// The way back through one step: the tape becomes the gradients that the two functions below
  /// need; dhPrevious is added to, and so are the biases' gradients.
  ///
  /// - Shape: hPrevious, dh, dhPrevious [rows, H]; cPrevious, c, dc [rows, cellSize]; all dense;
  ///   dc: gradient of c in, of cPrevious out
  func retreat(
    packed: UnsafePointer<Float>, rows: Int,
    hPrevious: UnsafePointer<Float>, cPrevious: UnsafePointer<Float>, c: UnsafePointer<Float>,
    dh: UnsafePointer<Float>, dc: UnsafeMutablePointer<Float>,
    tape: UnsafeMutablePointer<Float>, dhPrevious: UnsafeMutablePointer<Float>,
    dParameters: UnsafeMutablePointer<Float>)

  /// Adds the weights' gradients of any number of rows and steps at once, from the tapes that
  /// `retreat` left.
  ///
  /// - Shape: x [rows, I] with stride, hPrevious [rows, H], tape [rows, tapeSize]
  func accumulateWeightGradients(
    rows: Int, x: UnsafePointer<Float>, xStride: Int, hPrevious: UnsafePointer<Float>,
    tape: UnsafePointer<Float>, dParameters: UnsafeMutablePointer<Float>)

  /// dx from the tapes that `retreat` left.
  ///
  /// - Shape: tape [rows, tapeSize], dx [rows, I] with stride
  func projectBack(
    packed: UnsafePointer<Float>, rows: Int, tape: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>, dxStride: Int)

  /// PyTorch's initialisation, U(−1/√H, 1/√H), but where another is better for the cell.
  func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>, using generator: inout RandomGenerator)
}

/// The cells that a configuration can name.
package enum RecurrentCellKind: String, Sendable, Codable, CaseIterable {
  case lstm
  case gru

  package var type: any RecurrentCell.Type {
    switch self {
    case .lstm: LSTMLayer.self
    case .gru: GRULayer.self
    }
  }
}

/// One step of independent rows whose state is replaced in place, without a tape: the step in use.
/// Its bits are those of the same step in a sequence.
///
/// - Shape: x [rows, I], h [rows, H], c [rows, cellSize], strides as given; tape: scratch
///   [rows, tapeSize]
package func cellStep(
  _ cell: some RecurrentCell, packed: UnsafePointer<Float>, rows: Int,
  x: UnsafePointer<Float>, xStride: Int,
  h: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>, hStride: Int, cStride: Int,
  tape: UnsafeMutablePointer<Float>
) {
  cell.advance(
    packed: packed, rows: rows, x: x, xStride: xStride, hPrevious: h, cPrevious: c, h: h, c: c,
    hStride: hStride, cStride: cStride, tape: tape, keepsTape: false)
}

/// Where a cell's parameters are in the flat buffer, with G rows for all gates.
package struct RecurrentParameters: Sendable {
  /// Offsets of weight_ih [G, I], weight_hh [G, H], bias_ih [G] and bias_hh [G].
  package let weightIH: Int
  package let weightHH: Int
  package let biasIH: Int
  package let biasHH: Int
  /// One past the last.
  package let end: Int

  /// Appends `<prefix>.weight_ih_<suffix>` and its three siblings to the layout.
  ///
  /// - Parameter gates: G
  init(
    prefix: String, suffix: String, gates: Int, inputSize: Int, hiddenSize: Int,
    layout: inout ParameterLayout
  ) {
    precondition(inputSize >= 1 && hiddenSize >= 1)
    weightIH = layout.append("\(prefix).weight_ih_\(suffix)", gates, inputSize).offset
    weightHH = layout.append("\(prefix).weight_hh_\(suffix)", gates, hiddenSize).offset
    biasIH = layout.append("\(prefix).bias_ih_\(suffix)", gates).offset
    biasHH = layout.append("\(prefix).bias_hh_\(suffix)", gates).offset
    end = biasHH + gates
  }
}

extension RecurrentCell {
  package var weightIH: Int { parameters.weightIH }
  package var weightHH: Int { parameters.weightHH }
  package var biasIH: Int { parameters.biasIH }
  package var biasHH: Int { parameters.biasHH }
  package var parameterRange: Range<Int> { weightIH..<parameters.end }
}
