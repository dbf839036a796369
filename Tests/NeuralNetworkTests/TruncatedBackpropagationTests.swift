import NeuralNetwork
import Testing

/// Truncated back-propagation with carried state, on an LSTM whose loss is Σ w·h over all steps.
@Suite struct TruncatedBackpropagationTests {
  static let size = LSTMTests.Case(inputs: 3, hidden: 4, steps: 10, batch: 2)
  static var plane: Int { size.batch * size.hidden }

  /// The hidden states of all steps and the sum of the chunks' gradients.
  static func run(
    _ fixture: LSTMTests.Fixture, w: [Float], chunk length: Int
  ) -> (h: [Float], dParameters: [Float]) {
    var state = CarriedState(batch: size.batch, width: size.hidden)
    state.save(hidden: fixture.h0, cell: fixture.c0)
    var outputs: [Float] = []
    var dParameters = [Float](repeating: 0, count: fixture.count)
    for chunk in truncatedChunks(steps: size.steps, length: length) {
      let count = chunk.count
      var h = [Float](repeating: 0, count: (count + 1) * plane)
      var c = h
      var gates = [Float](repeating: 0, count: 4 * count * plane)
      let row = size.batch * size.inputs
      let x = Array(fixture.x[(chunk.lowerBound * row)..<(chunk.upperBound * row)])
      state.load(hidden: &h, cell: &c)
      lstmForward(
        fixture.layer, packed: fixture.packed, steps: count, batch: size.batch, x: x, h: &h, c: &c,
        gates: &gates)
      outputs += h[plane...]
      state.save(
        hidden: Array(h[(count * plane)...]), cell: Array(c[(count * plane)...]))
      var dh = Array(w[(chunk.lowerBound * plane)..<(chunk.upperBound * plane)])
      var dc = [Float](repeating: 0, count: plane)
      var dh0 = dc
      lstmBackward(
        fixture.layer, packed: fixture.packed, steps: count, batch: size.batch, x: x, h: &h, c: &c,
        gates: &gates, dh: &dh, dc: &dc, dh0: &dh0, dx: nil, dParameters: &dParameters)
    }
    return (outputs, dParameters)
  }

  @Test("the last chunk may be short, and none is empty")
  func chunks() {
    #expect(truncatedChunks(steps: 10, length: 4) == [0..<4, 4..<8, 8..<10])
    #expect(truncatedChunks(steps: 8, length: 4) == [0..<4, 4..<8])
    #expect(truncatedChunks(steps: 0, length: 4).isEmpty)
  }

  @Test("carried states make the chunks one sequence, bit for bit", arguments: [1, 3, 4, 10, 50])
  func forward(_ length: Int) {
    let fixture = LSTMTests.Fixture(Self.size)
    let w = random(Self.size.steps * Self.plane, seed: 5)
    let whole = fixture.forward()
    #expect(Self.run(fixture, w: w, chunk: length).h == Array(whole.h[Self.plane...]))
  }

  @Test("one chunk is full back-propagation; shorter ones drop what passes between them")
  func gradients() {
    let fixture = LSTMTests.Fixture(Self.size)
    let w = random(Self.size.steps * Self.plane, seed: 5)
    for length in [3, Self.size.steps] {
      let (_, gradients) = Self.run(fixture, w: w, chunk: length)
      for index in gradients.indices {
        let expected = Self.difference(fixture, w: w, chunk: length, parameter: index)
        let error = abs(Double(gradients[index]) - expected)
        #expect(error < 1e-3 * abs(expected) + 1e-5, "chunk \(length), parameter \(index)")
      }
    }
  }

  /// Central difference of the Float64 reference, each chunk begun from the states that the
  /// unchanged parameters give: what truncation takes as constant.
  static func difference(
    _ fixture: LSTMTests.Fixture, w: [Float], chunk length: Int, parameter: Int
  ) -> Double {
    let (allH, allC) = fixture.reference.run(steps: size.steps, batch: size.batch)
    func loss(_ shift: Double) -> Double {
      var sum = 0.0
      for chunk in truncatedChunks(steps: size.steps, length: length) {
        var reference = fixture.reference
        reference.parameters[parameter] += shift
        let row = size.batch * size.inputs
        reference.x = Array(reference.x[(chunk.lowerBound * row)..<(chunk.upperBound * row)])
        if chunk.lowerBound > 0 {
          let before = ((chunk.lowerBound - 1) * plane)..<(chunk.lowerBound * plane)
          reference.h0 = Array(allH[before])
          reference.c0 = Array(allC[before])
        }
        let h = reference.run(steps: chunk.count, batch: size.batch).h
        for (offset, value) in h.enumerated() {
          sum += Double(w[chunk.lowerBound * plane + offset]) * value
        }
      }
      return sum
    }
    return (loss(1e-5) - loss(-1e-5)) / 2e-5
  }

  @Test("a lane that begins a new sequence starts from zero, the others go on")
  func reset() {
    var state = CarriedState(batch: 3, width: 2)
    state.save(hidden: [1, 2, 3, 4, 5, 6], cell: [7, 8, 9, 10, 11, 12])
    state.reset(lane: 1)
    var (h, c) = ([Float](repeating: -1, count: 6), [Float](repeating: -1, count: 6))
    state.load(hidden: &h, cell: &c)
    #expect(h == [1, 2, 0, 0, 5, 6] && c == [7, 8, 0, 0, 11, 12])
  }
}
