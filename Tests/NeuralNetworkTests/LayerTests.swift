import NeuralNetwork
import Numerics
import Testing

@Suite struct LayerTests {
  @Test("dropout keeps its share, scales what it keeps, and repeats with its seed")
  func dropoutShare() {
    let count = 100_001
    let x = [Float](repeating: 1, count: count)
    for rate: Float in [0, 0.1, 0.5, 0.9] {
      var (first, again, other) = (x, x, x)
      dropout(count: count, rate: rate, seed: 7, x: x, y: &first)
      dropout(count: count, rate: rate, seed: 7, x: x, y: &again)
      dropout(count: count, rate: rate, seed: 8, x: x, y: &other)
      #expect(first == again)
      #expect((first != other) == (rate > 0))
      #expect(first.allSatisfy { $0 == 0 || $0 == 1 / (1 - rate) })
      // Five standard deviations of the share.
      let kept = Double(first.filter { $0 != 0 }.count) / Double(count)
      let spread = (Double(rate) * (1 - Double(rate)) / Double(count)).squareRoot()
      #expect(abs(kept - (1 - Double(rate))) <= 5 * spread)
    }
  }

  @Test("an element of dropout depends on seed and position, not on how many there are")
  func dropoutPosition() {
    let x = random(33, seed: 1)
    var whole = x
    dropout(count: 33, rate: 0.5, seed: 3, x: x, y: &whole)
    for count in 1..<33 {
      var part = x
      dropout(count: count, rate: 0.5, seed: 3, x: x, y: &part)
      #expect(part[..<count] == whole[..<count])
    }
  }

  @Test("max pooling takes counted steps only, the first of equals, and gives them the gradient")
  func maxPooling() {
    // [T 3, B 2, W 2]
    let x: [Float] = [1, -5, 9, 9, 3, -2, 1, 1, 3, 7, 2, 0]
    let mask: [Float] = [1, 0, 1, 0, 1, 0]
    var y = [Float](repeating: .nan, count: 4)
    var winners = [Int32](repeating: 0, count: 4)
    maxPoolingForward(
      steps: 3, batch: 2, width: 2, mask: mask, x: x, y: &y, winners: &winners)
    #expect(y == [3, 7, 0, 0])
    #expect(winners == [1, 2, -1, -1])
    var dx = x
    maxPoolingBackward(
      steps: 3, batch: 2, width: 2, winners: winners, dy: [10, 20, 30, 40], dx: &dx)
    #expect(dx == [0, 0, 0, 0, 10, 0, 0, 0, 0, 20, 0, 0])
  }

  @Test("all masked: attention pools to zeros, self-attention to its output bias")
  func nothingToAttendTo() {
    let (steps, batch, size) = (3, 1, 4)
    var model = LayerModel()
    let pooling = model.add {
      AttentionPoolingLayer(
        prefix: "pooling", inputSize: size, hiddenSize: 2, layout: &$0, packing: &$1)
    }
    let attention = model.add {
      MultiHeadAttentionLayer(prefix: "heads", size: size, heads: 2, layout: &$0, packing: &$1)
    }
    let p = random(model.layout.count, seed: 1)
    let packed = model.packed {
      pooling.pack(p, into: $0)
      attention.pack(p, into: $0)
    }
    let (x, mask) = (random(steps * size, seed: 2), [Float](repeating: 0, count: steps))
    var pooled = [Float](repeating: .nan, count: size)
    var attended = x
    var activations = [Float](
      repeating: 0, count: attention.activationCount(steps: steps, batch: batch))
    attentionPoolingForward(
      pooling, packed: packed, steps: steps, batch: batch, mask: mask, x: x, y: &pooled,
      activations: &activations)
    multiHeadAttentionForward(
      attention, packed: packed, steps: steps, batch: batch, mask: mask, x: x, y: &attended,
      activations: &activations)
    #expect(pooled == [0, 0, 0, 0])
    let bias = Array(p.suffix(size))
    #expect(attended == bias + bias + bias)
  }

  @Test("an embedding keeps pretrained rows, and padding gets no gradient")
  func embedding() {
    var layout = ParameterLayout()
    let layer = EmbeddingLayer(prefix: "embedding", count: 4, size: 3, padding: 1, layout: &layout)
    var parameters = [Float](repeating: 9, count: layout.count)
    var generator = RandomGenerator(seed: 1)
    parameters.withUnsafeMutableBufferPointer { layer.initialize($0, using: &generator) }
    #expect(Array(parameters[3..<6]) == [0, 0, 0])
    #expect(parameters.filter { $0 != 0 }.count == 9)
    let table = random(12, seed: 2)
    parameters.withUnsafeMutableBufferPointer { parameters in
      table.withUnsafeBufferPointer { layer.initialize(parameters, pretrained: $0) }
    }
    let tokens: [Int32] = [2, 1, 2, 0]
    var y = [Float](repeating: 0, count: 12)
    embeddingForward(layer, parameters: parameters, rows: 4, tokens: tokens, y: &y)
    #expect(y == Array(table[6..<9] + table[3..<6] + table[6..<9] + table[0..<3]))
    var gradients = [Float](repeating: 0, count: 12)
    embeddingBackward(
      layer, rows: 4, tokens: tokens, dy: (1...12).map { Float($0) }, dParameters: &gradients)
    #expect(gradients == [10, 11, 12, 0, 0, 0, 8, 10, 12, 0, 0, 0])
  }

  @Test("a layer normalisation's row is the same bits whatever rows are beside it")
  func layerNormRows() {
    var model = LayerModel()
    let layer = model.add { LayerNormLayer(prefix: "n", size: 13, layout: &$0, packing: &$1) }
    let (p, x) = (random(26, seed: 1), random(5 * 13, seed: 2))
    let packed = model.packed { layer.pack(p, into: $0) }
    func run(_ x: [Float]) -> [Float] {
      let rows = x.count / 13
      var y = x
      var moments = [Float](repeating: 0, count: 2 * rows)
      moments.withUnsafeMutableBufferPointer {
        guard let base = $0.baseAddress else { return }
        layerNormForward(
          layer, packed: packed, rows: rows, x: x, xStride: 13, y: &y, yStride: 13, mean: base,
          scale: base + rows)
      }
      return y
    }
    let all = run(x)
    for row in 0..<5 {
      #expect(
        run(Array(x[(row * 13)..<(row * 13 + 13)])) == Array(all[(row * 13)..<(row * 13 + 13)]))
    }
  }
}
