import NeuralNetwork
import Numerics

/// The PyTorch guides' text classifier: embedding, bidirectional LSTM over sequences of different
/// lengths, max pooling over time, linear, cross-entropy.
struct TextClassifier {
  var model = LayerModel()
  let embedding: EmbeddingLayer
  let lstm: SequenceModel
  let output: LinearLayer
  let classes: Int
  let steps: Int
  let batch: Int

  init(vocabulary: Int, size: Int, hidden: Int, classes: Int, steps: Int, batch: Int) {
    embedding = EmbeddingLayer(
      prefix: "embedding", count: vocabulary, size: size, padding: 0, layout: &model.layout)
    lstm = SequenceModel(
      &model,
      RecurrentStackShape(inputSize: size, hiddenSize: hidden, isBidirectional: true),
      steps: steps, batch: batch)
    output = LinearLayer(
      prefix: "output", inputSize: 2 * hidden, outputSize: classes, layout: &model.layout,
      packing: &model.packing)
    self.classes = classes
    self.steps = steps
    self.batch = batch
  }

  func initialized(seed: UInt64) -> [Float] {
    var parameters = [Float](repeating: 0, count: model.layout.count)
    var generator = RandomGenerator(seed: seed)
    parameters.withUnsafeMutableBufferPointer {
      embedding.initialize($0, using: &generator)
      lstm.stack.initialize($0, using: &generator)
      initialize(output, $0, using: &generator)
    }
    return parameters
  }

  /// Logits [B, classes]; where their gradient is given, all gradients are added.
  ///
  /// - Shape: tokens, mask [T, B], padded with token 0
  func run(
    _ parameters: UnsafePointer<Float>, tokens: [Int32], mask: [Float],
    dParameters: UnsafeMutablePointer<Float>, dLogits: ([Float]) throws -> [Float]
  ) rethrows -> [Float] {
    let packed = model.packed {
      lstm.stack.pack(parameters, into: $0)
      output.pack(parameters, into: $0)
    }
    let width = output.inputSize
    var x = [Float](repeating: 0, count: steps * batch * embedding.size)
    var pooled = [Float](repeating: 0, count: batch * width)
    var winners = [Int32](repeating: 0, count: batch * width)
    var logits = [Float](repeating: 0, count: batch * classes)
    embeddingForward(
      embedding, parameters: parameters, rows: steps * batch, tokens: tokens, y: &x)
    let dx = try lstm.run(packed: packed, mask: mask, x: x, dParameters: dParameters) { h in
      maxPoolingForward(
        steps: steps, batch: batch, width: width, mask: mask, x: h, y: &pooled, winners: &winners)
      linearForward(
        output, packed: packed, rows: batch, x: pooled, xStride: width, y: &logits,
        yStride: classes)
      let dy = try dLogits(logits)
      var dPooled = pooled
      var dh = [Float](repeating: 0, count: steps * batch * width)
      linearBackwardParameters(
        output, rows: batch, x: pooled, xStride: width, dy: dy, dyStride: classes,
        dParameters: dParameters)
      linearBackwardInput(
        output, packed: packed, rows: batch, dy: dy, dyStride: classes, dx: &dPooled,
        dxStride: width)
      maxPoolingBackward(
        steps: steps, batch: batch, width: width, winners: winners, dy: dPooled, dx: &dh)
      return dh
    }
    embeddingBackward(
      embedding, rows: steps * batch, tokens: tokens, dy: dx, dParameters: dParameters)
    return logits
  }

  /// The mean cross-entropy, with all gradients added.
  func loss(
    _ parameters: UnsafePointer<Float>, tokens: [Int32], mask: [Float], labels: [Int32],
    dParameters: UnsafeMutablePointer<Float>
  ) -> Double {
    var loss = LossSum()
    _ = run(parameters, tokens: tokens, mask: mask, dParameters: dParameters) { logits in
      var dLogits = logits
      loss = crossEntropyLoss(
        rows: batch, classes: classes, logits: logits, logitsStride: classes, targets: labels,
        mask: nil, dLogits: &dLogits, dStride: classes, gradientScale: 1 / Float(batch))
      return dLogits
    }
    return loss.mean
  }
}
