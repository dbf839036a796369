import CVectorKernels
import Glibc

/// The right-hand side of products in 16 or 8 bits an element, packed as `PackedMatrix` packs it.
///
/// A product with 16-bit weights has the same bits as one with these weights widened; with int8
/// each element of the matrix is off by at most half its column's scale, that is max |w| / 254.
///
/// - Shape: depth × columns
/// - Source: for int8, Jacob et al. (2018), "Quantization and training of neural networks for
///   efficient integer-arithmetic-only inference", with weights only and without zero points.
package struct CompactMatrix: ~Copyable {
  /// How the elements are stored.
  package enum Format: Sendable, Equatable {
    case narrow(NarrowFormat)
    /// Whole numbers from −127 to 127 with one scale for each column, that is for each row of a
    /// PyTorch weight: symmetric quantisation, for inference.
    case int8
  }

  package let format: Format
  package let depth: Int
  package let columns: Int
  private let geometry: PackedMatrix
  private let base: UnsafeMutableRawPointer
  /// [padded(columns)] where the format is int8, else empty.
  private var scales: FloatBuffer
  /// A packed copy in Float, from which the narrow one is made.
  private var scratch: FloatBuffer

  package init(_ format: Format, depth: Int, columns: Int) {
    precondition(depth >= 1 && columns >= 1)
    self.format = format
    self.depth = depth
    self.columns = columns
    geometry = PackedMatrix(offset: 0, depth: depth, columns: columns)
    let bytes = (geometry.count * Self.width(format) + 63) & ~63
    guard let memory = aligned_alloc(64, bytes) else {
      preconditionFailure("out of memory: \(bytes) bytes")
    }
    memset(memory, 0, bytes)
    base = memory
    scales = FloatBuffer(count: format == .int8 ? PackedMatrix.padded(columns) : 0)
    scratch = FloatBuffer(count: 0)
  }

  deinit {
    free(base)
  }

  /// Bytes that the matrix and its scales take.
  package var byteCount: Int { geometry.count * Self.width(format) + 4 * scales.count }

  private static func width(_ format: Format) -> Int { format == .int8 ? 1 : 2 }

  /// Takes over the transpose of a PyTorch weight, so that the product is x · weightᵀ.
  ///
  /// - Shape: weight [columns, depth] row-major
  /// - Precondition: for int8, finite weights.
  package mutating func packTransposed(_ weight: UnsafePointer<Float>) {
    let packed = preparedScratch()
    geometry.packTransposed(weight, into: packed)
    store(packed)
  }

  /// Takes over a matrix as it is, so that the product is x · matrix.
  ///
  /// - Shape: matrix [depth, columns] row-major
  /// - Precondition: for int8, finite elements.
  package mutating func pack(_ matrix: UnsafePointer<Float>) {
    let packed = preparedScratch()
    geometry.pack(matrix, into: packed)
    store(packed)
  }

  private mutating func preparedScratch() -> UnsafeMutablePointer<Float> {
    scratch.resize(geometry.count)
    guard let packed = scratch.mutable.baseAddress else {
      preconditionFailure("a FloatBuffer has memory, whatever its count")
    }
    return packed
  }

  private mutating func store(_ packed: UnsafePointer<Float>) {
    switch format {
    case .narrow(let format):
      NarrowKernels.current.narrow(
        packed, to: format, into: base.assumingMemoryBound(to: UInt16.self),
        count: geometry.count)
    case .int8: quantize(packed)
    }
    // Kept while weights change at every step; inference has no use for it.
    if format == .int8 { scratch = FloatBuffer(count: 0) }
  }

  /// q = round(w / scale), scale = max |w| over the column / 127; a column of zeros has scale 0.
  private mutating func quantize(_ packed: UnsafePointer<Float>) {
    let panel = Int(VECTOR_KERNELS_PANEL)
    let target = base.assumingMemoryBound(to: Int8.self)
    for column in 0..<columns {
      let start = column / panel * panel * depth + column % panel
      var largest: Float = 0
      for k in 0..<depth { largest = max(largest, abs(packed[start + k * panel])) }
      precondition(largest.isFinite, "weights to quantise must be finite")
      scales[column] = largest / 127
      // The reciprocal of a subnormal scale would be infinite.
      let scale = Double(largest) / 127
      for k in 0..<depth {
        let place = start + k * panel
        let level = scale > 0 ? (Double(packed[place]) / scale).rounded(.toNearestOrEven) : 0
        target[place] = Int8(min(127, max(-127, level)))
      }
    }
  }

  /// output = (input · matrix) + bias
  ///
  /// - Shape: input [rows, depth], bias [padded(columns)] or nil, output [rows, columns]
  package func multiply(
    rows: Int, _ input: UnsafePointer<Float>, stride: Int, bias: UnsafePointer<Float>?,
    into output: UnsafeMutablePointer<Float>, stride outputStride: Int,
    kernels: NarrowKernels = .current
  ) {
    run(rows, input, stride, bias, false, output, outputStride, kernels)
  }

  /// output += input · matrix
  package func multiplyAdding(
    rows: Int, _ input: UnsafePointer<Float>, stride: Int,
    into output: UnsafeMutablePointer<Float>, stride outputStride: Int,
    kernels: NarrowKernels = .current
  ) {
    run(rows, input, stride, nil, true, output, outputStride, kernels)
  }

  private func run(
    _ rows: Int, _ input: UnsafePointer<Float>, _ stride: Int, _ bias: UnsafePointer<Float>?,
    _ accumulate: Bool, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int,
    _ kernels: NarrowKernels
  ) {
    precondition(stride >= depth && outputStride >= columns)
    let table = kernels.table
    switch format {
    case .narrow(.float16):
      table.multiplyFloat16(
        rows, columns, depth, input, stride, base.assumingMemoryBound(to: UInt16.self), bias,
        accumulate, output, outputStride)
    case .narrow(.bfloat16):
      table.multiplyBfloat16(
        rows, columns, depth, input, stride, base.assumingMemoryBound(to: UInt16.self), bias,
        accumulate, output, outputStride)
    case .int8:
      table.multiplyInt8(
        rows, columns, depth, input, stride, base.assumingMemoryBound(to: Int8.self),
        scales.elements.baseAddress, bias, accumulate, output, outputStride)
    }
  }
}

// Safety: a CompactMatrix is the only owner of its memory, which it writes through only in mutating
// accesses; sharing it between threads is sharing an immutable value.
extension CompactMatrix: @unchecked Sendable {}
