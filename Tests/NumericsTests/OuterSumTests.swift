import Numerics
import Testing

@Suite struct OuterSumTests {
  @Test("an outer sum adds each of one vector to each of the other, for any size and level")
  func sums() {
    for level in VectorKernels.levels() {
      for rows in 0..<4 {
        for columns in 0..<20 {
          let a = (0..<rows).map { 1 / Double($0 + 3) }
          let b = (0..<columns).map { Double($0) * 0.1 - 0.7 }
          // One more, which must stay as it is.
          var c = [Double](repeating: 9, count: rows * columns + 1)
          level.outerSum(rows: rows, columns: columns, a, b, into: &c)
          #expect(c == a.flatMap { one in b.map { one + $0 } } + [9], "\(level.name)")
        }
      }
    }
  }
}
