import Numerics
import Testing

@Suite struct CompactMatrixTests {
  struct Size: Sendable, CustomTestStringConvertible {
    let rows: Int
    let depth: Int
    let columns: Int
    var testDescription: String { "\(rows) × \(depth) × \(columns)" }
  }

  /// Around every tile and tail.
  static let sizes: [Size] = [1, 2, 5, 8, 19].flatMap { rows in
    [(1, 1), (3, 16), (7, 33), (64, 256), (9, 130)].map {
      Size(rows: rows, depth: $0.0, columns: $0.1)
    }
  }

  static func values(_ count: Int, seed: UInt64) -> [Float] {
    var generator = RandomGenerator(seed: seed)
    return (0..<count).map { _ in Float(generator.normal()) }
  }

  @Test(
    "a product with 16-bit weights is that with the rounded weights, bit for bit", arguments: sizes)
  func narrow(_ size: Size) {
    let weight = Self.values(size.columns * size.depth, seed: 1)
    let input = Self.values(size.rows * size.depth, seed: 2)
    let padded = PackedMatrix.padded(size.columns)
    let bias =
      Self.values(size.columns, seed: 3) + [Float](repeating: 0, count: padded - size.columns)
    for format in NarrowFormat.allCases {
      var matrix = CompactMatrix(.narrow(format), depth: size.depth, columns: size.columns)
      matrix.packTransposed(weight)
      var rounded = NarrowBuffer(format, count: weight.count)
      rounded.store(weight, count: weight.count)
      var widened = weight
      rounded.load(into: &widened, count: weight.count)
      let reference = PackedMatrix(offset: 0, depth: size.depth, columns: size.columns)
      var storage = [Float](repeating: 0, count: reference.count)
      reference.packTransposed(widened, into: &storage)
      for (kernels, narrow) in zip(VectorKernels.levels(), NarrowKernels.levels()) {
        var (expected, actual) = ([Float](), [Float]())
        expected = [Float](repeating: 0.5, count: size.rows * size.columns)
        actual = expected
        reference.multiply(
          rows: size.rows, input, stride: size.depth, storage: storage, bias: bias,
          into: &expected, stride: size.columns, kernels: kernels)
        matrix.multiply(
          rows: size.rows, input, stride: size.depth, bias: bias, into: &actual,
          stride: size.columns, kernels: narrow)
        #expect(actual == expected, "\(narrow.name) \(format)")
        reference.multiplyAdding(
          rows: size.rows, input, stride: size.depth, storage: storage, into: &expected,
          stride: size.columns, kernels: kernels)
        matrix.multiplyAdding(
          rows: size.rows, input, stride: size.depth, into: &actual, stride: size.columns,
          kernels: narrow)
        #expect(actual == expected, "\(narrow.name) \(format), adding")
      }
    }
  }

  @Test("int8 weights are within half a level of the weights", arguments: sizes)
  func int8(_ size: Size) {
    let weight = Self.values(size.columns * size.depth, seed: 4)
    let input = Self.values(size.rows * size.depth, seed: 5)
    let padded = PackedMatrix.padded(size.columns)
    let bias = Self.values(padded, seed: 6)
    var matrix = CompactMatrix(.int8, depth: size.depth, columns: size.columns)
    matrix.packTransposed(weight)
    for kernels in NarrowKernels.levels() {
      var output = [Float](repeating: 9, count: size.rows * size.columns)
      matrix.multiply(
        rows: size.rows, input, stride: size.depth, bias: bias, into: &output,
        stride: size.columns, kernels: kernels)
      var added = [Float](repeating: 2, count: size.rows * size.columns)
      matrix.multiplyAdding(
        rows: size.rows, input, stride: size.depth, into: &added, stride: size.columns,
        kernels: kernels)
      for column in 0..<size.columns {
        let row = weight[(column * size.depth)..<((column + 1) * size.depth)]
        let scale = Double(row.map(abs).max() ?? 0) / 127
        for i in 0..<size.rows {
          var (exact, quantised, size1) = (0.0, 0.0, 0.0)
          for (k, w) in row.enumerated() {
            let x = Double(input[i * size.depth + k])
            exact += x * Double(w)
            quantised += x * scale * (Double(w) / scale).rounded(.toNearestOrEven)
            size1 += abs(x)
          }
          // Half a level a weight is the bound; the quantised sum itself is met to rounding.
          let result = Double(output[i * size.columns + column]) - Double(bias[column])
          #expect(abs(result - exact) <= 0.5001 * scale * size1 + 1e-5)
          #expect(abs(result - quantised) <= 1e-5 * (1 + scale * 127 * size1))
          #expect(abs(Double(added[i * size.columns + column]) - 2 - result) < 1e-4)
        }
      }
    }
  }

  @Test("weights on the grid are exact in int8, zeros, signs and subnormals included")
  func grid() {
    // Rows of a PyTorch weight: one with ±127, one of zeros, one of the smallest numbers.
    let tiny = Float.leastNonzeroMagnitude
    let weight: [Float] = [127, -3, 0, 0, 0, 0, tiny, -tiny, 0]
    var matrix = CompactMatrix(.int8, depth: 3, columns: 3)
    matrix.packTransposed(weight)
    #expect(matrix.byteCount == 3 * 16 + 4 * 16)
    var output = [Float](repeating: 9, count: 3)
    matrix.multiply(rows: 1, [1, 1, 5], stride: 3, bias: nil, into: &output, stride: 3)
    #expect(output[0] == 124 && output[1] == 0 && abs(output[2]) <= tiny)
  }
}
