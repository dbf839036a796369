import Numerics
import Testing

@Suite struct TransposedProductTests {
  @Test("transposed products are those of Float64, for every small shape")
  func agreesWithReference() {
    for level in VectorKernels.levels() {
      for rows in [0, 1, 2, 7, 130] {
        for m in [1, 5, 6, 7, 13] {
          for n in [1, 3, 8, 9, 16, 17, 40, 64, 75] {
            let (a, b, before) = factors(rows: rows, m: m, n: n)
            let c = product(level, rows: rows, m: m, n: n, a, b, before)
            for i in 0..<m {
              for j in 0..<n {
                var exact = Double(before[i * n + j])
                for r in 0..<rows {
                  exact += Double(a[r * (m + 2) + i]) * Double(b[r * (n + 1) + j])
                }
                let error = abs(Double(c[i * n + j]) - exact)
                #expect(error < 1e-4, "\(level.name) \(rows) \(m) \(n): \(i) \(j)")
              }
            }
          }
        }
      }
    }
  }

  @Test("an element of a transposed product has the same bits at any place, on any fused level")
  func placement() {
    let (rows, m, n) = (150, 31, 75)
    let (a, b, before) = factors(rows: rows, m: m, n: n)
    let fused = VectorKernels.levels().filter { $0.name != "x86-64" && $0.name != "portable" }
    for level in fused {
      let whole = product(level, rows: rows, m: m, n: n, a, b, before)
      for i in [0, 5, 12, 30] {
        for j in [0, 7, 8, 63, 64, 74] {
          var chain = before[i * n + j]
          for r in 0..<rows { chain.addProduct(a[r * (m + 2) + i], b[r * (n + 1) + j]) }
          #expect(whole[i * n + j].bitPattern == chain.bitPattern, "\(level.name) \(i) \(j)")
        }
      }
    }
  }

  @Test("a transposed product in pieces is the whole one, bit for bit")
  func pieces() {
    let (rows, m, n) = (300, 9, 24)
    let (a, b, before) = factors(rows: rows, m: m, n: n)
    for level in VectorKernels.levels() {
      let whole = product(level, rows: rows, m: m, n: n, a, b, before)
      for piece in [1, 16, 128, 299] {
        var c = before
        for first in stride(from: 0, to: rows, by: piece) {
          let count = min(piece, rows - first)
          c = product(
            level, rows: count, m: m, n: n, Array(a[(first * (m + 2))...]),
            Array(b[(first * (n + 1))...]), c)
        }
        #expect(bits(c) == bits(whole))
      }
    }
  }

  /// a [rows, m] with two floats between rows, b [rows, n] with one, c [m, n].
  private func factors(rows: Int, m: Int, n: Int) -> (a: [Float], b: [Float], c: [Float]) {
    (random(rows * (m + 2), seed: 1), random(rows * (n + 1), seed: 2), random(m * n, seed: 3))
  }

  private func product(
    _ level: VectorKernels, rows: Int, m: Int, n: Int, _ a: [Float], _ b: [Float], _ before: [Float]
  ) -> [Float] {
    var c = before
    level.multiplyTransposed(
      rows: rows, m: m, n: n, a, stride: m + 2, b, stride: n + 1, addingTo: &c, stride: n)
    return c
  }
}
