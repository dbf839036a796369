import NeuralNetwork
import Numerics
import Testing

@Suite struct RecurrentStackTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let shape: RecurrentStackShape
    let steps: Int
    let batch: Int
    var mask: [Float]?
    var testDescription: String { name }

    var fixture: RecurrentFixture {
      RecurrentFixture(shape, steps: steps, batch: batch, mask: mask)
    }
  }

  /// Sequences of 5, 2, 4 steps; then one frozen in between and one that never starts.
  static let lengths: [Float] = [1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0]
  static let frozen: [Float] = [1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0]

  static let cases: [Case] = RecurrentCellKind.allCases.flatMap { cell in
    [
      Case(
        name: "\(cell), one unit, one step",
        shape: RecurrentStackShape(cell: cell, inputSize: 1, hiddenSize: 1), steps: 1, batch: 1),
      Case(
        name: "\(cell), a layer wider than a register",
        shape: RecurrentStackShape(cell: cell, inputSize: 3, hiddenSize: 17), steps: 3, batch: 2),
      Case(
        name: "\(cell), two layers, both directions",
        shape: RecurrentStackShape(
          cell: cell, inputSize: 2, hiddenSize: 3, layerCount: 2, isBidirectional: true),
        steps: 4, batch: 3),
      Case(
        name: "\(cell), three layers with normalisation",
        shape: RecurrentStackShape(
          cell: cell, inputSize: 2, hiddenSize: 5, layerCount: 3, normalizesLayers: true),
        steps: 4, batch: 2),
      Case(
        name: "\(cell), both directions of sequences of different lengths",
        shape: RecurrentStackShape(
          cell: cell, inputSize: 2, hiddenSize: 4, layerCount: 2, isBidirectional: true),
        steps: 5, batch: 3, mask: lengths),
      Case(
        name: "\(cell), frozen rows",
        shape: RecurrentStackShape(cell: cell, inputSize: 2, hiddenSize: 4, layerCount: 2),
        steps: 4, batch: 3, mask: frozen),
    ]
  }

  @Test(
    "a recurrent stack's outputs and states are within 1e-5 of the Float64 reference",
    arguments: cases)
  func forwardAgreesWithReference(_ size: Case) {
    let outputs = size.fixture.forward()
    let exact = size.fixture.reference.run()
    #expect(relativeError(outputs.y, exact.y.map { Float($0) }) < 1e-5)
    #expect(relativeError(outputs.h, exact.h.map { Float($0) }) < 1e-5)
    #expect(relativeError(outputs.c, exact.c.map { Float($0) }) < 1e-5)
  }

  @Test(
    "a recurrent stack's gradients are the central differences of the Float64 reference",
    arguments: cases)
  func gradientsAreCentralDifferences(_ size: Case) {
    let fixture = size.fixture
    let w = RecurrentFixture.Outputs(
      y: random(size.steps * size.batch * size.shape.outputSize, seed: 5),
      h: random(fixture.h0.count, seed: 6), c: random(fixture.c0.count, seed: 7))
    let gradients = fixture.run { _ in w }.gradients
    func loss(_ reference: RecurrentReference) -> Double {
      let result = reference.run()
      return dot(w.y, result.y) + dot(w.h, result.h) + dot(w.c, result.c)
    }
    func check(_ path: WritableKeyPath<RecurrentReference, [Double]>, _ gradients: [Float]) {
      var reference = fixture.reference
      expectCentralDifferences(gradients, at: reference[keyPath: path], "\(path)") {
        reference[keyPath: path] = $0
        return loss(reference)
      }
    }
    check(\.parameters, gradients.parameters)
    check(\.x, gradients.x)
    check(\.h0, gradients.h0)
    check(\.c0, gradients.c0)
  }

  @Test(
    "a recurrent stack's single steps give the sequence's states bit for bit",
    arguments: cases.filter { !$0.shape.isBidirectional && $0.mask == nil })
  func stepsAreTheSequence(_ size: Case) {
    let fixture = size.fixture
    let outputs = fixture.forward()
    var (h, c) = (fixture.h0, fixture.c0)
    var scratch = [Float](
      repeating: 0, count: fixture.stack.stepScratchCount(rows: size.batch))
    let (hidden, inputs) = (size.shape.hiddenSize, size.shape.inputSize)
    for t in 0..<size.steps {
      let x = Array(fixture.x[(t * size.batch * inputs)...])
      stackStep(
        fixture.stack, packed: fixture.packed, rows: size.batch, x: x, xStride: inputs, h: &h,
        hStride: fixture.stack.hiddenStateSize, c: &c, cStride: fixture.stack.cellStateSize,
        scratch: &scratch)
      for row in 0..<size.batch {
        let width = fixture.stack.hiddenStateSize
        let top = h[((row + 1) * width - hidden)..<((row + 1) * width)]
        let place = (t * size.batch + row) * hidden
        #expect(Array(top) == Array(outputs.y[place..<(place + hidden)]))
      }
    }
    #expect(h == outputs.h)
    #expect(c == outputs.c)
  }

  @Test(
    "a row's step is the same bits whatever rows are beside it",
    arguments: RecurrentCellKind.allCases)
  func rowsAreIndependent(_ cell: RecurrentCellKind) {
    let shape = RecurrentStackShape(
      cell: cell, inputSize: 5, hiddenSize: 21, layerCount: 2, normalizesLayers: true)
    let whole = RecurrentFixture(shape, steps: 1, batch: 37)
    let stack = whole.stack
    func step(_ rows: Range<Int>) -> ([Float], [Float]) {
      func part(_ values: [Float], _ width: Int) -> [Float] {
        Array(values[(rows.lowerBound * width)..<(rows.upperBound * width)])
      }
      var h = part(whole.h0, stack.hiddenStateSize)
      var c = part(whole.c0, stack.cellStateSize)
      var scratch = [Float](repeating: 0, count: stack.stepScratchCount(rows: rows.count))
      stackStep(
        stack, packed: whole.packed, rows: rows.count, x: part(whole.x, shape.inputSize),
        xStride: shape.inputSize, h: &h, hStride: stack.hiddenStateSize, c: &c,
        cStride: stack.cellStateSize, scratch: &scratch)
      return (h, c)
    }
    let all = step(0..<37)
    for count in 1...16 {
      for first in [0, 3, 37 - count] {
        let some = step(first..<(first + count))
        let (h, c) = (stack.hiddenStateSize, stack.cellStateSize)
        #expect(some.0 == Array(all.0[(first * h)..<((first + count) * h)]))
        #expect(some.1 == Array(all.1[(first * c)..<((first + count) * c)]))
      }
    }
  }

  @Test("sequences of different lengths in one batch are those sequences alone, bit for bit")
  func maskedSequencesAreAlone() {
    let shape = RecurrentStackShape(
      cell: .gru, inputSize: 2, hiddenSize: 5, layerCount: 2, isBidirectional: true)
    let batch = RecurrentFixture(shape, steps: 5, batch: 3, mask: Self.lengths)
    let together = batch.forward()
    for (row, length) in [5, 2, 4].enumerated() {
      var alone = RecurrentFixture(shape, steps: length, batch: 1)
      alone.pack(batch.parameters)
      alone.x = (0..<length).flatMap { t in batch.x[((t * 3 + row) * 2)..<((t * 3 + row + 1) * 2)] }
      let width = batch.stack.hiddenStateSize
      alone.h0 = Array(batch.h0[(row * width)..<((row + 1) * width)])
      let single = alone.forward()
      let outputs = shape.outputSize
      for t in 0..<length {
        let place = (t * 3 + row) * outputs
        #expect(
          Array(together.y[place..<(place + outputs)])
            == Array(single.y[(t * outputs)..<((t + 1) * outputs)]))
      }
      #expect(Array(together.h[(row * width)..<((row + 1) * width)]) == single.h)
    }
  }

  @Test("dropout falls between layers only, by its seed, and gradients see the same one")
  func dropoutBetweenLayers() {
    var shape = RecurrentStackShape(inputSize: 3, hiddenSize: 8, layerCount: 2)
    let plain = RecurrentFixture(shape, steps: 6, batch: 4)
    shape.dropout = 0.5
    let fixture = RecurrentFixture(shape, steps: 6, batch: 4)
    let ones = RecurrentFixture.Outputs(
      y: [Float](repeating: 1, count: 6 * 4 * 8), h: [], c: [])
    #expect(fixture.forward() == plain.forward())
    let first = fixture.run(dropoutSeed: 1) { _ in ones }
    let again = fixture.run(dropoutSeed: 1) { _ in ones }
    let other = fixture.run(dropoutSeed: 2) { _ in ones }
    #expect(first.outputs == again.outputs)
    #expect(first.gradients.parameters == again.gradients.parameters)
    #expect(first.outputs != other.outputs)
    // The lower layer does not know of it, the upper one does.
    let below = first.outputs.h.indices.filter { $0 % 16 < 8 }
    #expect(below.allSatisfy { first.outputs.h[$0] == plain.forward().h[$0] })
    #expect(first.outputs.h != plain.forward().h)
    // Along a direction, the float losses of two points differ by the gradient times the distance.
    let direction = random(fixture.parameters.count, seed: 9)
    let slope = zip(direction, first.gradients.parameters).reduce(0.0) {
      $0 + Double($1.0) * Double($1.1)
    }
    func loss(_ distance: Float) -> Double {
      var moved = fixture
      moved.pack(zip(fixture.parameters, direction).map { $0 + distance * $1 })
      return moved.run(dropoutSeed: 1) { _ in ones }.outputs.y.reduce(0) { $0 + Double($1) }
    }
    let difference = (loss(1e-2) - loss(-1e-2)) / 2e-2
    #expect(abs(difference - slope) < 1e-2 * abs(slope))
  }

  @Test("names and order of parameters are PyTorch's, reverse directions included")
  func names() {
    let fixture = RecurrentFixture(
      RecurrentStackShape(
        cell: .gru, inputSize: 3, hiddenSize: 5, layerCount: 2, isBidirectional: true),
      steps: 1, batch: 1)
    #expect(
      fixture.layout.entries.map { "\($0.name) \($0.shape)" }.prefix(9) == [
        "stack.weight_ih_l0 [15, 3]", "stack.weight_hh_l0 [15, 5]",
        "stack.bias_ih_l0 [15]", "stack.bias_hh_l0 [15]",
        "stack.weight_ih_l0_reverse [15, 3]", "stack.weight_hh_l0_reverse [15, 5]",
        "stack.bias_ih_l0_reverse [15]", "stack.bias_hh_l0_reverse [15]",
        "stack.weight_ih_l1 [15, 10]",
      ])
    #expect(fixture.stack.hiddenStateSize == 20)
    #expect(fixture.stack.cellStateSize == 0)
  }

  @Test("a fresh LSTM has a forget bias of one, a fresh GRU is within 1/sqrt(H)")
  func initialization() {
    for cell in RecurrentCellKind.allCases {
      let fixture = RecurrentFixture(
        RecurrentStackShape(
          cell: cell, inputSize: 4, hiddenSize: 25, layerCount: 2, normalizesLayers: true),
        steps: 1, batch: 1)
      var parameters = [Float](repeating: 9, count: fixture.layout.count)
      var generator = RandomGenerator(seed: 1)
      parameters.withUnsafeMutableBufferPointer {
        fixture.stack.initialize($0, using: &generator)
      }
      for entry in fixture.layout.entries {
        let values = Array(parameters[entry.range])
        switch entry.name {
        case "stack.norm_l0.weight": #expect(values.allSatisfy { $0 == 1 })
        case "stack.norm_l0.bias": #expect(values.allSatisfy { $0 == 0 })
        case "stack.bias_ih_l0", "stack.bias_ih_l1":
          #expect(values[25..<50].allSatisfy { cell == .lstm ? $0 == 1 : abs($0) <= 0.2 })
        default: #expect(values.allSatisfy { abs($0) <= 0.2 }, "\(entry.name)")
        }
      }
    }
  }
}
