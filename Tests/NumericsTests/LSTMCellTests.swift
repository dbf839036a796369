import Numerics
import Testing

/// One step of a cell with random weights: the fused kernel beside its parts.
@Suite struct LSTMCellTests {
  static let shapes = [(1, 1), (3, 5), (8, 16), (8, 64), (64, 64), (20, 70), (90, 200)]

  @Test("the fused step has the bits of its parts, for any rows, with and without kept gates")
  func fusedIsItsParts() {
    for (inputs, hidden) in Self.shapes {
      for level in VectorKernels.levels() {
        for rows in [1, 2, 7, 8, 15, 16, 17, 40] {
          let cell = Cell(inputs: inputs, hidden: hidden, rows: rows)
          let parts = cell.parts(level)
          let kept = cell.fused(level, keepsGates: true)
          #expect(bits(kept.h) == bits(parts.h), "\(level.name) I \(inputs) H \(hidden) B \(rows)")
          #expect(bits(kept.c) == bits(parts.c))
          #expect(bits(kept.gates) == bits(parts.gates))
          let dropped = cell.fused(level, keepsGates: false)
          #expect(bits(dropped.h) == bits(parts.h) && bits(dropped.c) == bits(parts.c))
        }
      }
    }
  }

  @Test("states are replaced in place, and a row alone has the bits it has in a batch")
  func inPlaceAndAlone() {
    let (inputs, hidden, rows) = (8, 64, 37)
    for level in VectorKernels.levels() {
      let cell = Cell(inputs: inputs, hidden: hidden, rows: rows)
      let batch = cell.parts(level)
      let inPlace = cell.fused(level, keepsGates: false, inPlace: true)
      #expect(bits(inPlace.h) == bits(batch.h) && bits(inPlace.c) == bits(batch.c))
      for row in 0..<rows {
        let alone = cell.row(row).fused(level, keepsGates: false)
        #expect(bits(alone.h) == bits(Array(batch.h[(row * hidden)..<((row + 1) * hidden)])))
      }
    }
  }

  @Test("levels with fused multiply-add step to the same bits")
  func levelsAgree() {
    let cell = Cell(inputs: 11, hidden: 35, rows: 21)
    let states = VectorKernels.levels().dropFirst().map {
      bits(cell.fused($0, keepsGates: true).h)
    }
    #expect(Set(states).count <= 1)
  }
}

private struct Cell {
  let inputs: Int
  let hidden: Int
  let rows: Int
  let input: PackedMatrix
  let recurrent: PackedMatrix
  var storage: [Float]
  let bias: [Float]
  var x: [Float]
  var h: [Float]
  var c: [Float]

  init(inputs: Int, hidden: Int, rows: Int) {
    self.inputs = inputs
    self.hidden = hidden
    self.rows = rows
    input = PackedMatrix(offset: 0, depth: inputs, columns: 4 * hidden)
    recurrent = PackedMatrix(offset: input.count, depth: hidden, columns: 4 * hidden)
    storage = [Float](repeating: 0, count: input.count + recurrent.count)
    input.pack(random(inputs * 4 * hidden, seed: 1).map { $0 * 0.2 }, into: &storage)
    recurrent.pack(random(hidden * 4 * hidden, seed: 2).map { $0 * 0.2 }, into: &storage)
    bias = random(PackedMatrix.padded(4 * hidden), seed: 3)
    x = random(rows * inputs, seed: 4)
    h = random(rows * hidden, seed: 5).map { $0 * 0.5 }
    c = random(rows * hidden, seed: 6)
  }

  func row(_ row: Int) -> Cell {
    var alone = Cell(inputs: inputs, hidden: hidden, rows: 1)
    alone.x = Array(x[(row * inputs)..<((row + 1) * inputs)])
    alone.h = Array(h[(row * hidden)..<((row + 1) * hidden)])
    alone.c = Array(c[(row * hidden)..<((row + 1) * hidden)])
    return alone
  }

  func parts(_ level: VectorKernels) -> (gates: [Float], c: [Float], h: [Float]) {
    let width = 4 * hidden
    var gates = [Float](repeating: 0, count: rows * width)
    input.multiply(
      rows: rows, x, stride: inputs, storage: storage, bias: bias, into: &gates, stride: width,
      kernels: level)
    recurrent.multiplyAdding(
      rows: rows, h, stride: hidden, storage: storage, into: &gates, stride: width, kernels: level)
    var (newC, newH) = (c, h)
    level.lstmForward(
      rows: rows, hidden: hidden, gates: &gates, gatesStride: width, cPrevious: c,
      cPreviousStride: hidden, c: &newC, cStride: hidden, h: &newH, hStride: hidden)
    return (gates, newC, newH)
  }

  func fused(
    _ level: VectorKernels, keepsGates: Bool, inPlace: Bool = false
  ) -> (gates: [Float], c: [Float], h: [Float]) {
    var gates = [Float](repeating: 0, count: (keepsGates ? rows : min(rows, 64)) * 4 * hidden)
    var (newC, newH) = (c, h)
    newC.withUnsafeMutableBufferPointer { newC in
      newH.withUnsafeMutableBufferPointer { newH in
        c.withUnsafeBufferPointer { c in
          h.withUnsafeBufferPointer { h in
            guard let newC = newC.baseAddress, let newH = newH.baseAddress,
              let c = c.baseAddress, let h = h.baseAddress
            else { return }
            level.lstmCell(
              rows: rows, hidden: hidden, x: x, xStride: inputs, input: input,
              recurrent: recurrent, storage: storage, bias: bias,
              hPrevious: inPlace ? UnsafePointer(newH) : h, hPreviousStride: hidden,
              gates: &gates, keepsGates: keepsGates,
              cPrevious: inPlace ? UnsafePointer(newC) : c, cPreviousStride: hidden,
              c: newC, cStride: hidden, h: newH, hStride: hidden)
          }
        }
      }
    }
    return (gates, newC, newH)
  }
}
