import Numerics
import Testing

@Suite struct CellKernelTests {
  @Test("LSTM gates have the same bits for every hidden size, row and stride")
  func forwardPlacement() {
    let widest = 40
    for level in VectorKernels.levels() {
      let gates = random(4 * widest, seed: 1)
      let cells = random(widest, seed: 2)
      let (_, wideC, wideH) = forward(level, gates: gates, cells: cells, hidden: widest)
      for hidden in 1..<widest {
        let narrow = (0..<4).flatMap { gates[($0 * widest)..<($0 * widest + hidden)] }
        let (_, c, h) = forward(
          level, gates: narrow, cells: Array(cells[..<hidden]), hidden: hidden)
        #expect(bits(c) == bits(Array(wideC[..<hidden])))
        #expect(bits(h) == bits(Array(wideH[..<hidden])))
      }
    }
  }

  @Test("LSTM gate gradients have the same bits for every hidden size")
  func backwardPlacement() {
    let widest = 40
    for level in VectorKernels.levels() {
      let (gates, c, _) = forward(
        level, gates: random(4 * widest, seed: 3), cells: random(widest, seed: 4), hidden: widest)
      let before = random(widest, seed: 4)
      let dh = random(widest, seed: 5)
      let dc = random(widest, seed: 6)
      var wideGates = gates
      var wideDC = dc
      level.lstmBackward(
        rows: 1, hidden: widest, gates: &wideGates, cPrevious: before, c: c, dh: dh, dc: &wideDC)
      for hidden in 1..<widest {
        var narrow = (0..<4).flatMap { gates[($0 * widest)..<($0 * widest + hidden)] }
        var narrowDC = Array(dc[..<hidden])
        level.lstmBackward(
          rows: 1, hidden: hidden, gates: &narrow, cPrevious: before, c: c, dh: dh, dc: &narrowDC)
        let expected = (0..<4).flatMap { wideGates[($0 * widest)..<($0 * widest + hidden)] }
        #expect(bits(narrow) == bits(expected))
        #expect(bits(narrowDC) == bits(Array(wideDC[..<hidden])))
      }
    }
  }

  @Test("GRU gates and their gradients have the same bits for every hidden size")
  func gruPlacement() {
    let widest = 40
    let (gates, h) = (random(4 * widest, seed: 21), random(widest, seed: 22))
    let (dh, dhPrevious) = (random(widest, seed: 23), random(widest, seed: 24))
    for level in VectorKernels.levels() {
      func run(_ hidden: Int) -> (gates: [Float], h: [Float], dGates: [Float], dh: [Float]) {
        var forward = (0..<4).flatMap { gates[($0 * widest)..<($0 * widest + hidden)] }
        var next = Array(h[..<hidden])
        level.gruForward(
          rows: 1, hidden: hidden, gates: &forward, gatesStride: 4 * hidden, hPrevious: next,
          hPreviousStride: hidden, h: &next, hStride: hidden)
        var backward = forward
        var previous = Array(dhPrevious[..<hidden])
        level.gruBackward(
          rows: 1, hidden: hidden, gates: &backward, hPrevious: h, dh: dh, dhPrevious: &previous)
        return (forward, next, backward, previous)
      }
      let wide = run(widest)
      for hidden in 1..<widest {
        let narrow = run(hidden)
        func part(_ gates: [Float]) -> [Float] {
          (0..<4).flatMap { gates[($0 * widest)..<($0 * widest + hidden)] }
        }
        #expect(bits(narrow.gates) == bits(part(wide.gates)))
        #expect(bits(narrow.h) == bits(Array(wide.h[..<hidden])))
        #expect(bits(narrow.dGates) == bits(part(wide.dGates)))
        #expect(bits(narrow.dh) == bits(Array(wide.dh[..<hidden])))
      }
    }
  }

  @Test("Adam moves a parameter to the same bits wherever it lies")
  func adamPlacement() {
    var constants = AdamConstants(rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 3)
    constants.l2 = 0.01
    constants.gradientScale = 0.7
    let (g, p, m, v) = (
      random(70, seed: 7), random(70, seed: 8), random(70, seed: 9),
      random(70, seed: 10).map { $0 * $0 }
    )
    for level in VectorKernels.levels() {
      var whole = p
      var (m1, v1) = (m, v)
      level.adam(
        constants, gradients: g, parameters: &whole, moment1: &m1, moment2: &v1, count: 70)
      #expect(bits(whole) != bits(p))
      for length in 1..<70 {
        var part = p
        var (m2, v2) = (m, v)
        level.adam(
          constants, gradients: g, parameters: &part, moment1: &m2, moment2: &v2, count: length)
        #expect(bits(part) == bits(Array(whole[..<length] + p[length...])))
      }
    }
  }

  @Test("sums have a fixed order and are exact to double")
  func reductions() {
    for count in [0, 1, 15, 16, 17, 1000, 4097] {
      let x = random(count, seed: 11)
      let exact = x.map { Double($0) * Double($0) }.reduce(0, +)
      let sums = VectorKernels.levels().map { level in
        x.withUnsafeBufferPointer { level.sumOfSquares($0) }
      }
      #expect(Set(sums).count == 1)
      #expect(abs(sums[0] - exact) <= 1e-12 * exact)
    }
    #expect([Float(1), .nan].withUnsafeBufferPointer(VectorKernels.current.sumOfSquares).isNaN)
    let values = (0..<1000).map { 1 / Double($0 + 1) }
    #expect(abs(values.withUnsafeBufferPointer(Reductions.sum) - 7.485470860550345) < 1e-13)
  }

  @Test("column sums are chains of rows in order, and both results get them")
  func columnSums() {
    for level in VectorKernels.levels() {
      for columns in 1...70 {
        let x = random(9 * (columns + 1), seed: 13)
        var first = random(columns, seed: 14)
        var second = random(columns, seed: 15)
        let (beforeFirst, beforeSecond) = (first, second)
        level.accumulateColumns(
          x, rows: 9, columns: columns, stride: columns + 1, into: &first, and: &second)
        for column in 0..<columns {
          var (one, two) = (beforeFirst[column], beforeSecond[column])
          for row in 0..<9 {
            one += x[row * (columns + 1) + column]
            two += x[row * (columns + 1) + column]
          }
          #expect(first[column] == one && second[column] == two)
        }
        var alone = beforeFirst
        level.accumulateColumns(x, rows: 9, columns: columns, stride: columns + 1, into: &alone)
        #expect(bits(alone) == bits(first))
      }
    }
  }

  @Test("shards are summed by a tree that depends on their number alone")
  func shards() {
    let length = 21
    for count in 1...9 {
      let shards = random(count * length, seed: 12)
      var sum = shards
      sum.withUnsafeMutableBufferPointer {
        Reductions.sumShards($0, shardCount: count, length: length)
      }
      func tree(_ range: Range<Int>, _ element: Int) -> Float {
        if range.count == 1 { return shards[range.lowerBound * length + element] }
        var half = 1
        while half * 2 < range.count { half *= 2 }
        let middle = range.lowerBound + half
        return tree(range.lowerBound..<middle, element) + tree(middle..<range.upperBound, element)
      }
      for element in 0..<length { #expect(sum[element] == tree(0..<count, element)) }
    }
  }

  @Test("buffers are zeroed, aligned to 64 bytes, and grow")
  func buffers() {
    for count in [0, 1, 16, 1001] {
      var buffer = FloatBuffer(count: count)
      #expect(buffer.elements.allSatisfy { $0 == 0 } && buffer.elements.count == count)
      #expect(UInt(bitPattern: buffer.elements.baseAddress) % 64 == 0)
      buffer.reserve(count + 5)
      #expect(buffer.count == count + 5)
      buffer.resize(3)
      #expect(buffer.count == 3)
      buffer[2] = 4
      #expect(FloatBuffer(copying: buffer.elements)[2] == 4)
    }
  }

  private func forward(
    _ level: VectorKernels, gates: [Float], cells: [Float], hidden: Int
  ) -> (gates: [Float], c: [Float], h: [Float]) {
    var gates = gates
    var c = [Float](repeating: 0, count: hidden)
    var h = c
    level.lstmForward(
      rows: 1, hidden: hidden, gates: &gates, gatesStride: 4 * hidden,
      cPrevious: cells, cPreviousStride: hidden, c: &c, cStride: hidden, h: &h, hStride: hidden)
    return (gates, c, h)
  }
}
