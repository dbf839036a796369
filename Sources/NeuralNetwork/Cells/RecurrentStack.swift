package import Numerics

/// The sizes that fix a recurrent stack.
package struct RecurrentStackShape: Sendable, Equatable, Codable {
  package var cell: RecurrentCellKind
  /// Inputs of a step (I).
  package var inputSize: Int
  /// Hidden units of a layer and direction (H).
  package var hiddenSize: Int
  /// L
  package var layerCount: Int
  /// Whether each layer also reads the sequence from its end (D is then 2): for whole windows only.
  package var isBidirectional: Bool
  /// Share of a layer's outputs that the next layer does not see in training, as `nn.LSTM`'s.
  package var dropout: Float
  /// Whether the outputs of each layer but the last pass through a layer normalisation.
  package var normalizesLayers: Bool

  package init(
    cell: RecurrentCellKind = .lstm, inputSize: Int, hiddenSize: Int, layerCount: Int = 1,
    isBidirectional: Bool = false, dropout: Float = 0, normalizesLayers: Bool = false
  ) {
    self.cell = cell
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.isBidirectional = isBidirectional
    self.dropout = dropout
    self.normalizesLayers = normalizesLayers
  }

  /// D
  package var directionCount: Int { isBidirectional ? 2 : 1 }
  /// Outputs of a step: [D·H], forward before reverse.
  package var outputSize: Int { directionCount * hiddenSize }

  func inputSize(ofLayer layer: Int) -> Int { layer == 0 ? inputSize : outputSize }
  /// Whether layers read the outputs below as they are, without a copy.
  var isPlain: Bool { !isBidirectional && dropout == 0 && !normalizesLayers }
}

/// Layers of recurrent cells, each on the outputs of the one below, as PyTorch's `nn.LSTM` and
/// `nn.GRU` with `num_layers`, `dropout` and `bidirectional`.
///
///     x₀ = x     x_l = dropout(norm(h_{l−1}))     h_l = layer_l(x_l)     y = h_{L−1}
///
/// States of a sequence are one row, layer after layer, in each layer forward before reverse:
/// PyTorch's [L·D, B, H] with the batch first.
package struct RecurrentStack: Sendable {
  package let shape: RecurrentStackShape
  /// [L·D]
  let cells: [any RecurrentCell]
  /// [L − 1], or none
  let norms: [LayerNormLayer]
  /// Floats of c and of the tape for a row, of one cell.
  let cellSize: Int
  let tapeSize: Int

  /// Appends the parameters of all layers under PyTorch's names, `<prefix>.weight_ih_l0` and so on,
  /// and `<prefix>.norm_l0.weight` and `.bias` of the normalisation above layer 0.
  package init(
    prefix: String, shape: RecurrentStackShape, layout: inout ParameterLayout,
    packing: inout PackedStorageLayout
  ) {
    precondition(shape.layerCount >= 1 && shape.dropout >= 0 && shape.dropout < 1)
    self.shape = shape
    var cells: [any RecurrentCell] = []
    for layer in 0..<shape.layerCount {
      for direction in 0..<shape.directionCount {
        cells.append(
          shape.cell.type.init(
            prefix: prefix, suffix: "l\(layer)" + (direction == 0 ? "" : "_reverse"),
            inputSize: shape.inputSize(ofLayer: layer), hiddenSize: shape.hiddenSize,
            layout: &layout, packing: &packing))
      }
    }
    self.cells = cells
    cellSize = cells[0].cellSize
    tapeSize = cells[0].tapeSize
    norms =
      shape.normalizesLayers
      ? (0..<(shape.layerCount - 1)).map {
        LayerNormLayer(
          prefix: "\(prefix).norm_l\($0)", size: shape.outputSize, layout: &layout,
          packing: &packing)
      } : []
  }

  /// Floats of h, and of c, for a sequence.
  package var hiddenStateSize: Int { cells.count * shape.hiddenSize }
  package var cellStateSize: Int { cells.count * cellSize }

  package func pack(
    _ parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>
  ) {
    for cell in cells { cell.pack(parameters, into: packed) }
    for norm in norms { norm.pack(parameters, into: packed) }
  }

  package func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>, using generator: inout RandomGenerator
  ) {
    for cell in cells { cell.initialize(parameters, using: &generator) }
    for norm in norms { norm.initialize(parameters) }
  }

  /// Floats of scratch that `stackStep` needs.
  package func stepScratchCount(rows: Int) -> Int {
    rows * (tapeSize + (norms.isEmpty ? 0 : shape.hiddenSize + 2))
  }
}

/// One step of independent rows whose state is replaced in place, for stacks of one direction: the
/// step that the forecaster takes. The outputs are the top layer's part of h. A row's bits are the
/// same whatever rows are beside it, and the same as in a sequence without dropout.
///
/// - Shape: x [rows, I], h [rows, L·H], c [rows, L·cellSize], strides as given; scratch
///   [stepScratchCount]
package func stackStep(
  _ stack: RecurrentStack, packed: UnsafePointer<Float>, rows: Int,
  x: UnsafePointer<Float>, xStride: Int,
  h: UnsafeMutablePointer<Float>, hStride: Int, c: UnsafeMutablePointer<Float>, cStride: Int,
  scratch: UnsafeMutablePointer<Float>
) {
  precondition(!stack.shape.isBidirectional, "a reverse direction cannot go step by step")
  let hidden = stack.shape.hiddenSize
  let normal = scratch + rows * stack.tapeSize
  let mean = normal + rows * hidden
  for layer in stack.cells.indices {
    var input = layer == 0 ? x : UnsafePointer(h) + (layer - 1) * hidden
    var inputStride = layer == 0 ? xStride : hStride
    if layer > 0, !stack.norms.isEmpty {
      layerNormForward(
        stack.norms[layer - 1], packed: packed, rows: rows, x: input, xStride: inputStride,
        y: normal, yStride: hidden, mean: mean, scale: mean + rows)
      (input, inputStride) = (UnsafePointer(normal), hidden)
    }
    cellStep(
      stack.cells[layer], packed: packed, rows: rows, x: input, xStride: inputStride,
      h: h + layer * hidden, c: c + layer * stack.cellSize, hStride: hStride, cStride: cStride,
      tape: scratch)
  }
}
