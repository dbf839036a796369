import NeuralNetwork
import Testing

@Suite struct LearningParityTests {
  // MARK: - Losses

  /// A loss of the fixture: from predictions to its sum and gradient.
  typealias Loss = @Sendable (_ predictions: [Float], _ d: inout [Float], LossInputs) -> LossSum

  struct LossInputs {
    let targets: [Float]
    let classes: [Int32]
    let mask: [Float]
    let likely: [Float]
    var count: Int { targets.count }
  }

  static let losses: [(String, Loss)] = [
    (
      "mse",
      {
        squaredError(
          count: $2.count, predictions: $0, targets: $2.targets, mask: $2.mask, dPredictions: &$1,
          gradientScale: 1)
      }
    ),
    (
      "l1",
      {
        absoluteError(
          count: $2.count, predictions: $0, targets: $2.targets, mask: $2.mask, dPredictions: &$1,
          gradientScale: 1)
      }
    ),
    (
      "huber",
      {
        huberLoss(
          count: $2.count, delta: 0.7, predictions: $0, targets: $2.targets, mask: $2.mask,
          dPredictions: &$1, gradientScale: 1)
      }
    ),
    (
      "pinball",
      { predictions, d, inputs in
        [Float]([0.025, 0.1, 0.5, 0.9, 0.975]).withUnsafeBufferPointer { levels in
          pinballLoss(
            rows: inputs.count, steps: 1, quantiles: levels, predictions: predictions,
            predictionsStride: 5, targets: inputs.targets, mask: inputs.mask, dPredictions: &d,
            dStride: 5, gradientScale: 1)
        }
      }
    ),
    (
      "cross_entropy",
      {
        crossEntropyLoss(
          rows: $2.count, classes: 4, logits: $0, logitsStride: 4, targets: $2.classes,
          mask: $2.mask, dLogits: &$1, dStride: 4, gradientScale: 1)
      }
    ),
    (
      "binary_cross_entropy",
      {
        binaryCrossEntropyLoss(
          count: $2.count, logits: $0, targets: $2.likely, mask: $2.mask, dLogits: &$1,
          gradientScale: 1)
      }
    ),
    ("gaussian", { gaussian($0, &$1, $2, full: false) }),
    ("gaussian_full", { gaussian($0, &$1, $2, full: true) }),
    (
      "student_t",
      { raw, d, inputs in
        var parameters = raw
        studentTHeadForward(
          rows: inputs.count, steps: 1, raw: raw, rawStride: 3, parameters: &parameters,
          parametersStride: 3)
        var dParameters = d
        let loss = studentTLoss(
          rows: inputs.count, steps: 1, parameters: parameters, parametersStride: 3,
          targets: inputs.targets, mask: inputs.mask, dParameters: &dParameters, dStride: 3,
          gradientScale: 1)
        studentTHeadBackward(
          rows: inputs.count, steps: 1, raw: raw, rawStride: 3, dParameters: dParameters, dRaw: &d,
          dStride: 3)
        return loss
      }
    ),
  ]

  private static func gaussian(
    _ raw: [Float], _ d: inout [Float], _ inputs: LossInputs, full: Bool
  ) -> LossSum {
    var parameters = raw
    gaussianHeadForward(
      rows: inputs.count, steps: 1, raw: raw, rawStride: 2, parameters: &parameters,
      parametersStride: 2)
    var dParameters = d
    let loss = gaussianLoss(
      rows: inputs.count, steps: 1, parameters: parameters, parametersStride: 2,
      targets: inputs.targets, mask: inputs.mask, dParameters: &dParameters, dStride: 2,
      gradientScale: 1, full: full)
    gaussianHeadBackward(
      rows: inputs.count, steps: 1, raw: raw, rawStride: 2, dParameters: dParameters, dRaw: &d,
      dStride: 2)
    return loss
  }

  @Test("masked losses and their gradients are PyTorch's", arguments: losses.indices)
  func loss(_ index: Int) throws {
    let (name, loss) = Self.losses[index]
    let fixture = try ParityFixture("losses")
    let inputs = try LossInputs(
      targets: fixture.floats("input.targets"),
      classes: fixture.file.int64s("input.classes").map(Int32.init),
      mask: fixture.floats("input.mask"), likely: fixture.floats("input.likely"))
    let predictions = try fixture.floats("\(name).predictions")
    var gradient = [Float](repeating: 9, count: predictions.count)
    let sum = loss(predictions, &gradient, inputs)
    try fixture.expect([Float(sum.sum)], "\(name).sum")
    try fixture.expect(gradient, "\(name).gradient")
  }

  // MARK: - Activations

  typealias Forward = @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  typealias Backward =
    @Sendable (
      _ kept: UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int
    ) -> Void

  /// Whether the backward pass starts from the output.
  static let activations: [(String, Bool, Forward, Backward)] = [
    (
      "relu", false, { reluForward($0, y: $1, count: $2) },
      { reluBackward($0, dy: $1, dx: $2, count: $3) }
    ),
    (
      "sigmoid", true, { sigmoidForward($0, y: $1, count: $2) },
      { sigmoidBackward($0, dy: $1, dx: $2, count: $3) }
    ),
    (
      "tanh", true, { tanhForward($0, y: $1, count: $2) },
      { tanhBackward($0, dy: $1, dx: $2, count: $3) }
    ),
    (
      "gelu", false, { geluForward($0, y: $1, count: $2) },
      { geluBackward($0, dy: $1, dx: $2, count: $3) }
    ),
    (
      "silu", false, { siluForward($0, y: $1, count: $2) },
      { siluBackward($0, dy: $1, dx: $2, count: $3) }
    ),
  ]

  @Test("activations and their gradients are PyTorch's", arguments: activations.indices)
  func activation(_ index: Int) throws {
    let (name, fromOutput, forward, backward) = Self.activations[index]
    let fixture = try ParityFixture("activations")
    let x = try fixture.floats("input.x")
    var y = x
    forward(x, &y, x.count)
    try fixture.expect(y, "\(name).y")
    var dx = try fixture.floats("cotangent")
    let dy = dx
    backward(fromOutput ? y : x, dy, &dx, x.count)
    try fixture.expect(dx, "\(name).gradient")
    // NaN must reach the loss, in and out.
    forward([.nan], &y, 1)
    #expect(y[0].isNaN)
    backward([.nan], [1], &dx, 1)
    // As PyTorch's: only what is at most zero has no slope.
    #expect(name == "relu" ? dx[0] == 1 : dx[0].isNaN)
  }

  // MARK: - Optimizers

  static let rules: [(String, Optimizer.Rule, rate: Double)] = [
    ("sgd", .sgd(), 0.05),
    ("sgd_l2", .sgd(weightDecay: 0.1), 0.05),
    ("sgd_momentum", .sgd(momentum: 0.9), 0.05),
    ("sgd_dampening", .sgd(momentum: 0.8, dampening: 0.3, weightDecay: 0.05), 0.05),
    ("sgd_nesterov", .sgd(momentum: 0.9, nesterov: true, weightDecay: 0.01), 0.05),
    ("adam", .adam(), 0.01),
    ("adam_l2", .adam(beta1: 0.5, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1), 0.01),
    ("adamw", .adamW(), 0.01),
    ("adamw_decay", .adamW(weightDecay: 0.3), 0.01),
  ]

  @Test("each of 20 steps of an optimizer is PyTorch's", arguments: rules.indices)
  func optimizer(_ index: Int) throws {
    let (name, rule, rate) = Self.rules[index]
    let fixture = try ParityFixture("optimizers")
    var parameters = try fixture.floats("input.parameters")
    let gradients = try fixture.floats("input.gradients")
    let count = parameters.count
    var optimizer = Optimizer(count: count, rule: rule)
    var after: [Float] = []
    for step in 0..<(gradients.count / count) {
      gradients[(step * count)..<((step + 1) * count)].withUnsafeBufferPointer { gradients in
        parameters.withUnsafeMutableBufferPointer {
          optimizer.step(parameters: $0, gradients: gradients, rate: rate)
        }
      }
      after += parameters
    }
    try fixture.expect(after, name)
  }

  // MARK: - Schedules

  static let schedules: [(String, any LearningRateSchedule)] = [
    ("warmup", LinearWarmup(peak: 0.4, startFactor: 0.2, steps: 7)),
    ("cosine", CosineAnnealing(peak: 0.4, floor: 0.01, steps: 10)),
    ("step", StepDecay(initial: 0.4, factor: 0.3, period: 4)),
    ("exponential", StepDecay(initial: 0.4, factor: 0.9, period: 1)),
    (
      "warmup_cosine",
      WarmupCosineSchedule(peak: 0.4, floor: 0.01, warmupSteps: 4, totalSteps: 24)
    ),
  ]

  @Test("each rate of a schedule is PyTorch's", arguments: schedules.indices)
  func schedule(_ index: Int) throws {
    let (name, schedule) = Self.schedules[index]
    let expected = try ParityFixture("schedules").file.doubles(name)
    for (step, rate) in expected.enumerated() {
      #expect(abs(schedule.rate(step: step) - rate) < 1e-12, "\(name), step \(step)")
    }
  }

  static let plateaus: [(String, ReduceOnPlateau)] = [
    ("defaults", ReduceOnPlateau(rate: 0.4)),
    (
      "relative",
      ReduceOnPlateau(rate: 0.4, factor: 0.5, patience: 2, threshold: .relative(0.01))
    ),
    (
      "absolute",
      ReduceOnPlateau(rate: 0.4, factor: 0.5, patience: 2, threshold: .absolute(0.02))
    ),
    ("cooldown", ReduceOnPlateau(rate: 0.4, factor: 0.5, patience: 1, cooldown: 3)),
    ("floor", ReduceOnPlateau(rate: 0.4, factor: 0.1, patience: 0, floor: 0.005)),
    (
      "max",
      ReduceOnPlateau(rate: 0.4, mode: .max, factor: 0.5, patience: 2, threshold: .relative(0.05))
    ),
    (
      "max_absolute",
      ReduceOnPlateau(
        rate: 0.4, mode: .max, factor: 0.5, patience: 1, threshold: .absolute(0.5), cooldown: 1)
    ),
  ]

  @Test("the rate on a plateau is PyTorch's after each measure", arguments: plateaus.indices)
  func plateau(_ index: Int) throws {
    var (name, plateau) = Self.plateaus[index]
    let fixture = try ParityFixture("schedules")
    let measures = try fixture.file.doubles("plateau.measures")
    let expected = try fixture.file.doubles("plateau.\(name)")
    #expect(Set(expected).count > 1, "the case never reduces")
    #expect(measures.map { plateau.observe($0) } == expected, "\(name)")
  }

  // MARK: - Helpers

  @Test("clipping by norm and by value is PyTorch's")
  func clipping() throws {
    let fixture = try ParityFixture("helpers")
    let gradients = try fixture.floats("input.gradients")
    let shape = try fixture.shape("input.gradients")
    var (norms, clipped): ([Float], [Float]) = ([], [])
    for step in 0..<shape[0] {
      let row = Array(gradients[(step * shape[1])..<((step + 1) * shape[1])])
      let clip = row.withUnsafeBufferPointer { GradientClip($0, maximumNorm: 12) }
      guard case .apply(let scale, let norm) = clip else {
        Issue.record("finite gradients were skipped")
        return
      }
      norms.append(Float(norm))
      clipped += row.map { $0 * scale }
    }
    try fixture.expect(norms, "clip_norm.norm")
    try fixture.expect(clipped, "clip_norm.gradients")
    var first = Array(gradients[..<shape[1]])
    _ = first.withUnsafeMutableBufferPointer { clipByValue($0, limit: 2.5) }
    try fixture.expect(first, "clip_value", tolerance: 0)
  }

  @Test("the moving average of weights is PyTorch's")
  func movingAverage() throws {
    let fixture = try ParityFixture("helpers")
    let weights = try fixture.floats("input.gradients")
    let count = try fixture.shape("input.gradients")[1]
    var average = ExponentialMovingAverage(count: count, decay: 0.9)
    for start in stride(from: 0, to: weights.count, by: count) {
      weights[start..<(start + count)].withUnsafeBufferPointer { average.update($0) }
    }
    try fixture.expect(Array(average.elements), "moving_average")
  }

  @Test("the loss scale follows overflows as PyTorch's does")
  func lossScale() throws {
    let fixture = try ParityFixture("helpers")
    var scale = LossScale(initial: 1024, growthInterval: 3)
    let scales = try fixture.file.int64s("loss_scale.overflow").map { overflow in
      scale.update(overflow == 1 ? .skip(norm: .infinity) : .apply(scale: 1, norm: 1))
      return Float(scale.value)
    }
    try fixture.expect(scales, "loss_scale.value", tolerance: 0)
  }
}
