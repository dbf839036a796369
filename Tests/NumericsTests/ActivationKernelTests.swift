import Glibc
import Numerics
import Testing

@Suite struct ActivationKernelTests {
  typealias Kernel =
    @Sendable (VectorKernels, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void

  struct Activation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let kernel: Kernel
    let exact: @Sendable (Double) -> Double
  }

  static let all = [
    Activation(
      testDescription: "sigmoid", kernel: { $0.sigmoid($1, into: $2, count: $3) },
      exact: { 1 / (1 + exp(-$0)) }),
    Activation(
      testDescription: "tanh", kernel: { $0.tanh($1, into: $2, count: $3) },
      exact: { Glibc.tanh($0) }),
    Activation(
      testDescription: "silu", kernel: { $0.silu($1, into: $2, count: $3) },
      exact: { $0 / (1 + exp(-$0)) }),
  ]

  @Test("activations are within 1e-6 of the exact value, relative", arguments: all)
  func accuracy(_ activation: Activation) {
    var x: [Float] = []
    for magnitude in stride(from: -30.0, through: 6.4, by: 0.003) {
      x.append(Float(exp2(magnitude)))
      x.append(-Float(exp2(magnitude)))
    }
    x.append(0)
    for level in VectorKernels.levels() {
      var y = [Float](repeating: 9, count: x.count)
      activation.kernel(level, x, &y, x.count)
      for (input, output) in zip(x, y) {
        let exact = activation.exact(Double(input))
        let error = abs(Double(output) - exact)
        #expect(
          error <= 1e-6 * abs(exact) + 1e-36, "\(level.name) \(input): \(output) \(exact)")
      }
    }
  }

  @Test("infinities saturate and NaN stays NaN", arguments: all)
  func extremes(_ activation: Activation) {
    for level in VectorKernels.levels() {
      for count in [1, 5, 40] {
        var y = [Float](repeating: 9, count: count)
        activation.kernel(level, [Float](repeating: .nan, count: count), &y, count)
        #expect(y.allSatisfy { $0.isNaN })
        activation.kernel(level, [Float](repeating: 200, count: count), &y, count)
        #expect(y.allSatisfy { $0 == (activation.testDescription == "silu" ? 200 : 1) })
        activation.kernel(level, [Float](repeating: -200, count: count), &y, count)
        #expect(y.allSatisfy { abs(Double($0) - activation.exact(-200)) < 1e-35 })
      }
    }
  }

  @Test("an element has the same bits at any place of any length", arguments: all)
  func placement(_ activation: Activation) {
    var generator = RandomGenerator(seed: 3)
    let x = (0..<100).map { _ in Float(generator.normal() * 3) }
    for level in VectorKernels.levels() {
      var whole = [Float](repeating: 0, count: x.count)
      activation.kernel(level, x, &whole, x.count)
      for start in 0..<20 {
        for length in 1...70 {
          let part = Array(x[start..<(start + length)])
          var y = [Float](repeating: 0, count: length)
          activation.kernel(level, part, &y, length)
          #expect(bits(y) == bits(Array(whole[start..<(start + length)])))
        }
      }
    }
  }

  @Test("levels with fused multiply-add give the same bits", arguments: all)
  func levels(_ activation: Activation) {
    let fused = VectorKernels.levels().dropFirst()
    var generator = RandomGenerator(seed: 4)
    let x = (0..<1000).map { _ in Float(generator.normal() * 4) }
    let results = fused.map { level in
      var y = [Float](repeating: 0, count: x.count)
      activation.kernel(level, x, &y, x.count)
      return bits(y)
    }
    #expect(Set(results).count <= 1)
  }

  @Test("softmax sums to one, survives large values, and a NaN makes its row NaN")
  func softmax() {
    for level in VectorKernels.levels() {
      for columns in 1...19 {
        let row = (0..<columns).map { Float($0 % 5) * 0.7 }
        let x = row + row.map { $0 + 1000 } + [Float.nan] + row.dropFirst()
        var y = [Float](repeating: 0, count: x.count)
        level.softmax(
          rows: 3, columns: columns, x, stride: columns, into: &y, stride: columns)
        let total = row.map { exp(Double($0)) }.reduce(0, +)
        for k in 0..<columns {
          #expect(abs(Double(y[k]) - exp(Double(row[k])) / total) < 1e-6)
          #expect(abs(y[columns + k] - y[k]) < 1e-4)
          #expect(y[2 * columns + k].isNaN)
        }
      }
    }
  }
}

func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }
