import NeuralNetwork
import Numerics
import Testing

@Suite struct NarrowLSTMTests {
  typealias Weights = CompactLSTMTests.Weights

  /// Gradients of an LSTM's parameters, in the layout's order.
  struct Gradients {
    var ih: [Float]
    var hh: [Float]
    var biasIH: [Float]
    var biasHH: [Float]
    var all: [Float] { ih + hh + biasIH + biasHH }

    init(_ weights: Weights) {
      ih = weights.ih.map { _ in 0 }
      hh = weights.hh.map { _ in 0 }
      biasIH = weights.biasIH.map { _ in 0 }
      biasHH = weights.biasHH.map { _ in 0 }
    }
  }

  static func relativeDifference(_ a: [Float], _ b: [Float]) -> Double {
    var (difference, size) = (0.0, 0.0)
    for (x, y) in zip(a, b) {
      difference += Double(x - y) * Double(x - y)
      size += Double(y) * Double(y)
    }
    return (difference / size).squareRoot()
  }

  /// Forward and backward in 16 bits, of Σ dy · h.
  static func narrow(
    _ weights: Weights, _ format: NarrowFormat, steps: Int, batch: Int, x: [Float], dy: [Float]
  ) -> (h: [Float], gradients: Gradients, dx: [Float]) {
    var layer = NarrowLSTM(format, inputSize: weights.inputs, hiddenSize: weights.hidden)
    layer.load(
      weightIH: weights.ih, weightHH: weights.hh, biasIH: weights.biasIH, biasHH: weights.biasHH)
    var tape = NarrowLSTMTape(layer, steps: steps, batch: batch)
    var inputs = NarrowBuffer(format, count: 3 + x.count)
    inputs.store(x, at: 3, count: x.count)
    var dOutputs = NarrowBuffer(format, count: dy.count)
    dOutputs.store(dy, count: dy.count)
    var dInputs = NarrowBuffer(format, count: x.count)
    var gradients = Gradients(weights)
    narrowLSTMForward(layer, tape: &tape, x: inputs, xOffset: 3)
    var h = dy
    tape.h.load(into: &h, at: batch * weights.hidden, count: h.count)
    narrowLSTMBackward(
      layer, tape: &tape, x: inputs, xOffset: 3, dy: dOutputs, dx: &dInputs,
      dWeightIH: &gradients.ih, dWeightHH: &gradients.hh, dBiasIH: &gradients.biasIH,
      dBiasHH: &gradients.biasHH)
    var dx = x
    dInputs.load(into: &dx, count: x.count)
    return (h, gradients, dx)
  }

  /// The same in Float, by the layer of full precision.
  static func full(
    _ weights: Weights, steps: Int, batch: Int, x: [Float], dy: [Float]
  ) -> (h: [Float], gradients: [Float], dx: [Float]) {
    var (layout, packing) = (ParameterLayout(), PackedStorageLayout())
    let layer = LSTMLayer(
      prefix: "lstm", index: 0, inputSize: weights.inputs, hiddenSize: weights.hidden,
      layout: &layout, packing: &packing)
    let plane = batch * weights.hidden
    var packed = [Float](repeating: 0, count: packing.count)
    layer.pack(weights.ih + weights.hh + weights.biasIH + weights.biasHH, into: &packed)
    var h = [Float](repeating: 0, count: (steps + 1) * plane)
    var (c, gates) = (h, [Float](repeating: 0, count: 4 * steps * plane))
    lstmForward(
      layer, packed: packed, steps: steps, batch: batch, x: x, h: &h, c: &c, gates: &gates)
    var (dh, dc) = (dy, [Float](repeating: 0, count: plane))
    var (dh0, dx) = (dc, x)
    var gradients = [Float](repeating: 0, count: layout.count)
    lstmBackward(
      layer, packed: packed, steps: steps, batch: batch, x: x, h: h, c: c, gates: &gates, dh: &dh,
      dc: &dc, dh0: &dh0, dx: &dx, dParameters: &gradients)
    return (Array(h[plane...]), gradients, dx)
  }

  @Test(
    "outputs and gradients are those of full precision to the format's rounding",
    arguments: NarrowFormat.allCases, [1, 16, 37])
  func gradients(_ format: NarrowFormat, _ steps: Int) {
    let weights = Weights(inputs: 5, hidden: 12, seed: 21)
    let batch = 3
    let x = random(steps * batch * 5, seed: 22)
    let dy = random(steps * batch * 12, seed: 23)
    let narrow = Self.narrow(weights, format, steps: steps, batch: batch, x: x, dy: dy)
    let full = Self.full(weights, steps: steps, batch: batch, x: x, dy: dy)
    let bound = 4 * format.roundingError
    for (name, actual, expected) in [
      ("h", narrow.h, full.h), ("parameters", narrow.gradients.all, full.gradients),
      ("x", narrow.dx, full.dx),
    ] {
      let difference = Self.relativeDifference(actual, expected)
      #expect(difference < bound && difference > 0, "\(name): \(difference)")
    }
  }

  @Test("gradients that float16 cannot hold are saved by the loss scale; an overflow is seen")
  func lossScale() {
    let weights = Weights(inputs: 5, hidden: 12, seed: 21)
    let (steps, batch) = (20, 3)
    let x = random(steps * batch * 5, seed: 22)
    let dy = random(steps * batch * 12, seed: 23).map { $0 * 1e-9 }
    let full = Self.full(weights, steps: steps, batch: batch, x: x, dy: dy).gradients
    func run(_ scale: Float) -> [Float] {
      Self.narrow(
        weights, .float16, steps: steps, batch: batch, x: x, dy: dy.map { $0 * scale }
      ).gradients.all
    }
    #expect(run(1).allSatisfy { $0 == 0 })
    let scaled = run(0x1p24).map { $0 * 0x1p-24 }
    #expect(Self.relativeDifference(scaled, full) < 5e-3)
    let overflowing = run(0x1p60)
    let clip = overflowing.withUnsafeBufferPointer {
      GradientClip($0, maximumNorm: 1, lossScale: 0x1p60)
    }
    guard case .skip = clip else {
      Issue.record("gradients beyond float16 were applied")
      return
    }
  }

  @Test(
    "training in 16 bits with Float master weights learns as in Float",
    arguments: NarrowFormat.allCases)
  func learns(_ format: NarrowFormat) {
    var trainings = [NarrowTraining(format: format), NarrowTraining(format: nil)]
    let narrow = trainings[0].run(steps: 400)
    let full = trainings[1].run(steps: 400)
    // Predicting nothing gives 1; the first overflows bring the scale down.
    #expect(full.loss < 0.05, "full precision: \(full.loss)")
    #expect(narrow.loss < 0.05, "\(format): \(narrow.loss)")
    // bfloat16 has Float's range.
    #expect((narrow.skipped > 0) == (format == .float16))
  }
}

/// Learns to say at the end of a sequence what its third number was.
struct NarrowTraining {
  static let (steps, batch, hidden) = (8, 32, 16)

  /// nil is full precision.
  let format: NarrowFormat?
  /// Large enough to overflow float16 at first.
  var lossScale = LossScale(initial: 0x1p22, growthInterval: 50)
  /// The layer's parameters, then those of the head, a plain product with the last state.
  var master: [Float] = {
    let weights = CompactLSTMTests.Weights(inputs: 1, hidden: hidden, seed: 1)
    return weights.ih + weights.hh + weights.biasIH + weights.biasHH
      + random(hidden, seed: 2).map { $0 * 0.25 }
  }()

  init(format: NarrowFormat?) {
    self.format = format
    if format == nil { lossScale = LossScale(initial: 1) }
  }

  /// The mean loss of the last 20 steps, and the steps that overflowed.
  mutating func run(steps count: Int) -> (loss: Double, skipped: Int) {
    var optimizer = Optimizer(count: master.count, rule: .adam())
    var generator = RandomGenerator(seed: 3)
    var losses: [Double] = []
    for _ in 0..<count {
      let x = (0..<(Self.steps * Self.batch)).map { _ in Float(generator.normal()) }
      let (loss, gradients) = lossAndGradients(x)
      losses.append(loss)
      let clip = gradients.withUnsafeBufferPointer {
        GradientClip($0, maximumNorm: 1, lossScale: lossScale.value)
      }
      if case .apply(let scale, _) = clip {
        master.withUnsafeMutableBufferPointer { master in
          gradients.withUnsafeBufferPointer {
            optimizer.step(parameters: master, gradients: $0, rate: 0.01, gradientScale: scale)
          }
        }
      }
      lossScale.update(clip)
    }
    return (losses.suffix(20).reduce(0, +) / 20, lossScale.skipped)
  }

  private func lossAndGradients(_ x: [Float]) -> (loss: Double, gradients: [Float]) {
    let (steps, batch, hidden) = (Self.steps, Self.batch, Self.hidden)
    var weights = CompactLSTMTests.Weights(inputs: 1, hidden: hidden, seed: 1)
    let bounds = [0, 4, 4 + 4 * hidden, 8 + 4 * hidden, 12 + 4 * hidden].map { $0 * hidden }
    weights.ih = Array(master[bounds[0]..<bounds[1]])
    weights.hh = Array(master[bounds[1]..<bounds[2]])
    weights.biasIH = Array(master[bounds[2]..<bounds[3]])
    weights.biasHH = Array(master[bounds[3]..<bounds[4]])
    let head = Array(master[bounds[4]...])
    var dy = [Float](repeating: 0, count: steps * batch * hidden)
    let last = (steps - 1) * batch * hidden
    let h = Array(pass(weights, x, dy).h[last...])
    let predictions = (0..<batch).map { row in
      (0..<hidden).reduce(Float(0)) { $0 + h[row * hidden + $1] * head[$1] }
    }
    var dPredictions = predictions
    let loss = squaredError(
      count: batch, predictions: predictions, targets: Array(x[(2 * batch)..<(3 * batch)]),
      mask: nil, dPredictions: &dPredictions,
      gradientScale: Float(lossScale.value) / Float(batch))
    var dHead = head.map { _ in Float(0) }
    for row in 0..<batch {
      for k in 0..<hidden {
        dHead[k] += dPredictions[row] * h[row * hidden + k]
        dy[last + row * hidden + k] = dPredictions[row] * head[k]
      }
    }
    return (loss.mean, pass(weights, x, dy).gradients + dHead)
  }

  private func pass(
    _ weights: CompactLSTMTests.Weights, _ x: [Float], _ dy: [Float]
  ) -> (h: [Float], gradients: [Float]) {
    let (steps, batch) = (Self.steps, Self.batch)
    if let format {
      let result = NarrowLSTMTests.narrow(
        weights, format, steps: steps, batch: batch, x: x, dy: dy)
      return (result.h, result.gradients.all)
    }
    let result = NarrowLSTMTests.full(weights, steps: steps, batch: batch, x: x, dy: dy)
    return (result.h, result.gradients)
  }
}
