package import Numerics

/// PyTorch's `nn.Embedding`: a row of a table for each token.
///
///     y = W[token]     dW[token] += dy
///
/// The padding token's row gets no gradient: it stays what it was, zero unless pretrained.
///
/// - Source: Bengio et al. (2003), "A neural probabilistic language model", §2.
package struct EmbeddingLayer: Sendable {
  /// Rows of the table.
  package let count: Int
  package let size: Int
  package let padding: Int?
  /// Offset in the flat buffer of parameters: [count, size].
  package let weight: Int

  /// Appends `<prefix>.weight` to the layout.
  package init(
    prefix: String, count: Int, size: Int, padding: Int? = nil, layout: inout ParameterLayout
  ) {
    precondition(count >= 1 && size >= 1 && padding.map { $0 >= 0 && $0 < count } ?? true)
    self.count = count
    self.size = size
    self.padding = padding
    weight = layout.append("\(prefix).weight", count, size).offset
  }

  /// Standard normal rows, and zeros for padding, as PyTorch's.
  package func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>, using generator: inout RandomGenerator
  ) {
    for index in 0..<(count * size) { parameters[weight + index] = Float(generator.normal()) }
    guard let padding else { return }
    for k in 0..<size { parameters[weight + padding * size + k] = 0 }
  }

  /// Rows trained elsewhere, taken as they are, as PyTorch's `Embedding.from_pretrained`. To freeze
  /// them, leave out `embeddingBackward`.
  ///
  /// - Shape: table [count, size]
  package func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>, pretrained table: UnsafeBufferPointer<Float>
  ) {
    precondition(table.count == count * size)
    UnsafeMutableBufferPointer(rebasing: parameters[weight..<(weight + count * size)])
      .copy(from: table)
  }
}

/// - Shape: tokens [rows], y [rows, size]
/// - Precondition: tokens are in 0..<count.
package func embeddingForward(
  _ layer: EmbeddingLayer, parameters: UnsafePointer<Float>, rows: Int,
  tokens: UnsafePointer<Int32>, y: UnsafeMutablePointer<Float>
) {
  let table = parameters + layer.weight
  for row in 0..<rows {
    let token = Int(tokens[row])
    precondition(token >= 0 && token < layer.count, "token \(token) of \(layer.count)")
    (y + row * layer.size).update(from: table + token * layer.size, count: layer.size)
  }
}

/// - Shape: tokens [rows], dy [rows, size]; dParameters: the flat buffer of all gradients, added to
///   in the order of rows
package func embeddingBackward(
  _ layer: EmbeddingLayer, rows: Int, tokens: UnsafePointer<Int32>, dy: UnsafePointer<Float>,
  dParameters: UnsafeMutablePointer<Float>
) {
  for row in 0..<rows {
    let token = Int(tokens[row])
    if token == layer.padding { continue }
    VectorKernels.current.accumulate(
      dy + row * layer.size, into: dParameters + layer.weight + token * layer.size,
      count: layer.size)
  }
}
