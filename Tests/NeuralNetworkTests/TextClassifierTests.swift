import NeuralNetwork
import Numerics
import Testing

@Suite struct TextClassifierTests {
  @Test("the guide's text classifier: logits, gradients and 20 training steps are PyTorch's")
  func parity() throws {
    let fixture = try ParityFixture("classifier")
    let tokens = try fixture.file.int64s("input.tokens").map { Int32($0) }
    let (mask, shape) = (try fixture.floats("input.mask"), try fixture.shape("input.tokens"))
    let table = try fixture.shape("parameter.embedding.weight")
    let output = try fixture.shape("parameter.output.weight")
    let classifier = TextClassifier(
      vocabulary: table[0], size: table[1], hidden: output[1] / 2, classes: output[0],
      steps: shape[0], batch: shape[1])
    let layout = classifier.model.layout
    let parameters = try fixture.parameters(layout)
    var dParameters = parameters.map { _ in Float(0) }
    let logits = try classifier.run(
      parameters, tokens: tokens, mask: mask, dParameters: &dParameters
    ) { _ in try fixture.floats("cotangent.y") }
    try fixture.expect(logits, "output.y")
    try fixture.expect(dParameters, layout, "gradient.parameter")
    let labels = try fixture.file.int64s("training.labels").map { Int32($0) }
    try expectTraining(fixture, layout) { parameters, dParameters in
      classifier.loss(
        parameters, tokens: tokens, mask: mask, labels: labels, dParameters: dParameters)
    }
  }

  @Test("the guide's text classifier learns which of two words comes first in a sentence")
  func learns() {
    let (steps, batch, vocabulary) = (9, 32, 12)
    let classifier = TextClassifier(
      vocabulary: vocabulary, size: 8, hidden: 8, classes: 2, steps: steps, batch: batch)
    var parameters = classifier.initialized(seed: 1)
    var gradients = parameters.map { _ in Float(0) }
    var optimizer = AdamOptimizer(count: parameters.count)
    var generator = RandomGenerator(seed: 2)
    var first = 0.0
    for step in 0..<200 {
      let (tokens, mask, labels) = sentences(steps, batch, vocabulary, &generator)
      gradients = gradients.map { _ in 0 }
      let loss = classifier.loss(
        parameters, tokens: tokens, mask: mask, labels: labels, dParameters: &gradients)
      if step == 0 { first = loss }
      parameters.withUnsafeMutableBufferPointer { parameters in
        gradients.withUnsafeBufferPointer {
          optimizer.step(parameters: parameters, gradients: $0, rate: 0.01)
        }
      }
    }
    #expect(abs(first - 0.69) < 0.2, "an untrained classifier knows nothing: \(first)")
    var right = 0
    for _ in 0..<10 {
      let (tokens, mask, labels) = sentences(steps, batch, vocabulary, &generator)
      let logits = classifier.run(
        parameters, tokens: tokens, mask: mask, dParameters: &gradients
      ) { $0 }
      for row in 0..<batch where (logits[2 * row + 1] > logits[2 * row]) == (labels[row] == 1) {
        right += 1
      }
    }
    #expect(right > 10 * batch * 95 / 100, "\(right) of \(10 * batch)")
  }

  /// Words 1 and 2 once each among others, padded with 0; the label says whether 1 comes first.
  private func sentences(
    _ steps: Int, _ batch: Int, _ vocabulary: Int, _ generator: inout RandomGenerator
  ) -> (tokens: [Int32], mask: [Float], labels: [Int32]) {
    var tokens = [Int32](repeating: 0, count: steps * batch)
    var mask = [Float](repeating: 0, count: steps * batch)
    var labels = [Int32](repeating: 0, count: batch)
    for row in 0..<batch {
      let length = Int.random(in: 3...steps, using: &generator)
      for t in 0..<length {
        tokens[t * batch + row] = Int32.random(in: 3..<Int32(vocabulary), using: &generator)
        mask[t * batch + row] = 1
      }
      let places = Array(0..<length).shuffled(using: &generator)
      tokens[places[0] * batch + row] = 1
      tokens[places[1] * batch + row] = 2
      labels[row] = places[0] < places[1] ? 1 : 0
    }
    return (tokens, mask, labels)
  }
}
