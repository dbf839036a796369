import Numerics
import Testing

@Suite struct MatrixProductTests {
  @Test("a row of a packed product has the same bits in every batch of 1 to 70 and at every place")
  func rowsDoNotDependOnTheBatch() {
    let (depth, columns) = (37, 75)
    let matrix = PackedMatrix(offset: 0, depth: depth, columns: columns)
    let weight = random(columns * depth, seed: 1)
    var storage = [Float](repeating: 0, count: matrix.count)
    matrix.packTransposed(weight, into: &storage)
    let bias = random(PackedMatrix.padded(columns), seed: 2)
    let rows = random(70 * depth, seed: 3)
    for level in VectorKernels.levels() {
      let alone = (0..<70).map { row in
        var y = [Float](repeating: 0, count: columns)
        matrix.multiply(
          rows: 1, Array(rows[(row * depth)...]), stride: depth, storage: storage, bias: bias,
          into: &y, stride: columns, kernels: level)
        return bits(y)
      }
      for batch in 1...70 {
        var y = [Float](repeating: 0, count: batch * columns)
        matrix.multiply(
          rows: batch, rows, stride: depth, storage: storage, bias: bias, into: &y,
          stride: columns, kernels: level)
        for row in 0..<batch {
          #expect(bits(Array(y[(row * columns)..<((row + 1) * columns)])) == alone[row])
        }
      }
    }
  }

  @Test("packed products are right for all small sizes and write nothing beyond their columns")
  func smallSizes() {
    for level in VectorKernels.levels() {
      for (depth, columns, rows) in [
        (1, 1, 1), (3, 15, 2), (8, 16, 9), (5, 17, 13), (64, 33, 1), (7, 129, 1), (9, 47, 8),
      ] {
        let matrix = PackedMatrix(offset: 16, depth: depth, columns: columns)
        let b = random(depth * columns, seed: 5)
        var storage = [Float](repeating: 0, count: 16 + matrix.count)
        matrix.pack(b, into: &storage)
        let aStride = depth + 3
        let cStride = columns + 5
        let a = random(rows * aStride, seed: 6)
        let bias = random(PackedMatrix.padded(columns), seed: 7)
        var c = [Float](repeating: 77, count: rows * cStride)
        matrix.multiply(
          rows: rows, a, stride: aStride, storage: storage, bias: bias, into: &c, stride: cStride,
          kernels: level)
        matrix.multiplyAdding(
          rows: rows, a, stride: aStride, storage: storage, into: &c, stride: cStride,
          kernels: level)
        for row in 0..<rows {
          for n in 0..<cStride {
            guard n < columns else {
              #expect(c[row * cStride + n] == 77)
              continue
            }
            var exact = Double(bias[n])
            for k in 0..<depth {
              exact += 2 * Double(a[row * aStride + k]) * Double(b[k * columns + n])
            }
            #expect(abs(Double(c[row * cStride + n]) - exact) < 1e-4)
          }
        }
      }
    }
  }

  @Test("levels with fused multiply-add give the same product, and NaN stays in its row")
  func levelsAgree() {
    let (rows, depth, columns) = (11, 50, 40)
    let matrix = PackedMatrix(offset: 0, depth: depth, columns: columns)
    var storage = [Float](repeating: 0, count: matrix.count)
    matrix.pack(random(depth * columns, seed: 8), into: &storage)
    var a = random(rows * depth, seed: 9)
    a[3 * depth + 7] = .nan
    let results = VectorKernels.levels().map { level in
      var c = [Float](repeating: 0, count: rows * columns)
      matrix.multiply(
        rows: rows, a, stride: depth, storage: storage, bias: nil, into: &c, stride: columns,
        kernels: level)
      return c
    }
    for c in results {
      for row in 0..<rows {
        let values = c[(row * columns)..<((row + 1) * columns)]
        #expect(values.allSatisfy { $0.isNaN == (row == 3) })
      }
    }
    let finite = results.dropFirst().map { bits($0.filter { !$0.isNaN }) }
    #expect(Set(finite).count <= 1)
  }

  @Test(
    "BLAS products follow transposition, strides, alpha and beta",
    arguments: [(false, false), (true, false), (false, true), (true, true)])
  func blas(_ aTransposed: Bool, _ bTransposed: Bool) {
    let (rows, columns, depth) = (5, 7, 9)
    let aStride = (aTransposed ? rows : depth) + 1
    let bStride = (bTransposed ? depth : columns) + 2
    let a = random((aTransposed ? depth : rows) * aStride, seed: 10)
    let b = random((bTransposed ? columns : depth) * bStride, seed: 11)
    let before = random(rows * columns, seed: 12)
    var c = before
    BLAS.multiply(
      rows: rows, columns: columns, depth: depth, alpha: 2,
      a, stride: aStride, transposed: aTransposed, b, stride: bStride, transposed: bTransposed,
      beta: 0.5, into: &c, stride: columns)
    for i in 0..<rows {
      for j in 0..<columns {
        var sum = 0.0
        for k in 0..<depth {
          let x = aTransposed ? a[k * aStride + i] : a[i * aStride + k]
          let y = bTransposed ? b[j * bStride + k] : b[k * bStride + j]
          sum += Double(x) * Double(y)
        }
        let exact = 2 * sum + 0.5 * Double(before[i * columns + j])
        #expect(abs(Double(c[i * columns + j]) - exact) < 1e-5)
      }
    }
    #expect(!BLAS.coreName.isEmpty && BLAS.configuration.contains("OpenBLAS"))
  }
}

func random(_ count: Int, seed: UInt64) -> [Float] {
  var generator = RandomGenerator(seed: seed)
  return (0..<count).map { _ in Float(generator.normal()) }
}
