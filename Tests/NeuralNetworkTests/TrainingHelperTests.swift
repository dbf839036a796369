import NeuralNetwork
import Testing

@Suite struct TrainingHelperTests {
  @Test("early stopping waits out its patience and gives the best weights back")
  func earlyStopping() {
    var stopping = EarlyStopping(count: 2, patience: 3, margin: 0.1)
    let losses: [Double] = [.nan, 5, 4, 3.95, 4.5, .infinity]
    let verdicts = losses.enumerated().map { round, loss in
      [Float(round), -Float(round)].withUnsafeBufferPointer {
        stopping.observe(loss: loss, parameters: $0)
      }
    }
    #expect(verdicts == [.waiting, .improved, .improved, .waiting, .waiting, .stop])
    #expect(stopping.bestLoss == 4 && stopping.bestRound == 2)
    var weights: [Float] = [9, 9]
    let restored = weights.withUnsafeMutableBufferPointer { stopping.restore(into: $0) }
    #expect(restored && weights == [2, -2])
  }

  @Test("early stopping with a tolerance keeps the newest weights that are about as good")
  func tolerance() {
    var stopping = EarlyStopping(count: 1, patience: 2, tolerance: 0.1)
    let losses: [Double] = [.infinity, 8, 4, 4.3, 4.39, 4.2, 4.41, 4.5]
    let verdicts = losses.enumerated().map { round, loss in
      [Float(round)].withUnsafeBufferPointer { stopping.observe(loss: loss, parameters: $0) }
    }
    // 4.4 is the limit, whatever was kept since 4.
    #expect(
      verdicts == [
        .waiting, .improved, .improved, .improved, .improved, .improved, .waiting, .stop,
      ])
    #expect(stopping.bestLoss == 4.2 && stopping.bestRound == 5)
    var weights: [Float] = [9]
    let restored = weights.withUnsafeMutableBufferPointer { stopping.restore(into: $0) }
    #expect(restored && weights == [5])
  }

  @Test("a training that never had a finite loss stops, and keeps no weights")
  func neverFinite() {
    var stopping = EarlyStopping(count: 1, patience: 2)
    let verdicts = (0..<2).map { _ in
      [Float(1)].withUnsafeBufferPointer { stopping.observe(loss: .nan, parameters: $0) }
    }
    #expect(verdicts == [.waiting, .stop])
    var weights: [Float] = [9]
    let restored = weights.withUnsafeMutableBufferPointer { stopping.restore(into: $0) }
    #expect(!restored && weights == [9])
  }

  @Test("accumulated minibatches give the gradient of one large one, whatever their masks")
  func accumulation() {
    let predictions = random(12, seed: 1)
    let targets = random(12, seed: 2)
    let mask: [Float] = [1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1]
    var whole = [Float](repeating: 0, count: 12)
    let loss = squaredError(
      count: 12, predictions: predictions, targets: targets, mask: mask, dPredictions: &whole,
      gradientScale: 1 / 8)
    var accumulator = GradientAccumulator(count: 12, minibatches: 3)
    for part in 0..<3 {
      let isDue = accumulator.isDue
      #expect(!isDue)
      let range = (4 * part)..<(4 * part + 4)
      var gradients = [Float](repeating: 0, count: 4)
      accumulator.add(
        loss: squaredError(
          count: 4, predictions: Array(predictions[range]), targets: Array(targets[range]),
          mask: Array(mask[range]), dPredictions: &gradients, gradientScale: 1))
      for (place, gradient) in zip(range, gradients) { accumulator.gradients[place] += gradient }
    }
    let (isDue, total, scale) = (accumulator.isDue, accumulator.loss, accumulator.meanScale)
    #expect(isDue && total.count == loss.count)
    #expect(abs(total.mean - loss.mean) < 1e-12)
    let mean = accumulator.gradients.map { $0 * scale }
    #expect(mean == whole)
    accumulator.reset()
    let (isDueAgain, scaleAfter) = (accumulator.isDue, accumulator.meanScale)
    let isZero = accumulator.gradients.allSatisfy { $0 == 0 }
    #expect(!isDueAgain && scaleAfter == 0 && isZero)
  }

  @Test("the moving average starts at the weights and follows them by its share")
  func movingAverage() {
    var average = ExponentialMovingAverage(count: 2, decay: 0.75)
    for weights: [Float] in [[4, -8], [8, 0], [0, 0]] {
      weights.withUnsafeBufferPointer { average.update($0) }
    }
    // 4 → 5 → 3.75 and −8 → −6 → −4.5
    #expect(Array(average.elements) == [3.75, -4.5])
  }

  @Test("the loss scale halves on overflow and doubles after good steps, within Float's range")
  func lossScale() {
    var scale = LossScale(initial: 1024, growthInterval: 2)
    scale.update(.skip(norm: .infinity))
    #expect(scale.value == 512 && scale.skipped == 1)
    let good = GradientClip.apply(scale: 1, norm: 1)
    scale.update(good)
    #expect(scale.value == 512)
    scale.update(good)
    #expect(scale.value == 1024)
    scale.update(good)
    scale.update(.skip(norm: .nan))
    scale.update(good)
    #expect(scale.value == 512 && scale.goodSteps == 1)
    for _ in 0..<1000 { scale.update(good) }
    #expect(Float(scale.value).isFinite && scale.value == 0x1p127)
  }

  @Test("healthy layers have no faults; what is off is named")
  func initialization() {
    var healthy = InitializationCheck()
    let values = random(1000, seed: 1)
    for (name, factor) in [("input", Float(1)), ("lstm", 0.15), ("head", 0.05)] {
      values.map { $0 * factor }.withUnsafeBufferPointer {
        healthy.observe(name, .activations, $0, bounds: name == "lstm" ? -1...1 : nil)
      }
      values.withUnsafeBufferPointer { healthy.observe(name, .gradients, $0) }
    }
    #expect(healthy.faults.isEmpty)
    #expect(healthy.report.hasSuffix("nothing is off"))

    var ill = InitializationCheck()
    let layers: [(String, [Float])] = [
      ("input", values), ("large", values.map { $0 * 1e3 }), ("small", values.map { $0 * 1e-3 }),
      ("dead", values.map { _ in 0 }), ("sparse", values.map { $0 > 2 ? $0 : 0 }),
      ("flat", values.map { $0 > 0 ? 1 : -1 }), ("broken", values + [.nan, .infinity]),
    ]
    for (name, values) in layers {
      values.withUnsafeBufferPointer {
        ill.observe(name, .activations, $0, bounds: name == "flat" ? -1...1 : nil)
      }
    }
    // Gradients travel from the last layer to the first.
    for (name, factor) in [("first", Float(1e-6)), ("second", 1)] {
      values.map { $0 * factor }.withUnsafeBufferPointer { ill.observe(name, .gradients, $0) }
    }
    let expected = [
      "dead: activations are all zero: nothing is learned through them",
      "sparse: activations: 98 % are zero",
      "flat: activations: 100 % are saturated: weights too large",
      "broken: activations: 2 are NaN or infinite",
      "large: activations explode: 1000.0 times those of input",
      "small: activations vanish: 1e-06 times those of large",
      "first: gradients vanish: 1e-06 times those of second",
    ]
    #expect(ill.faults == expected)
    for fault in expected { #expect(ill.report.contains(fault)) }
  }
}
