import Forecasting
import NeuralNetwork
import Numerics
import Testing

@Suite struct ForecastNetworkGradientTests {
  static let shapes = [
    ForecastNetworkFixture.shape(),
    ForecastNetworkFixture.shape(hidden: 9, layers: 1, context: 0, bases: 1),
    ForecastNetworkFixture.shape(hidden: 4, layers: 3, context: 5, bases: 3),
  ]

  @Test("loss and final states are those of the Float64 reference", arguments: shapes)
  func forward(_ shape: ForecastNetworkShape) {
    var fixture = ForecastNetworkFixture(shape)
    let loss = fixture.network.loss(fixture.chunk, workspace: &fixture.workspace)
    let exact = fixture.reference.run()
    #expect(abs(loss.mean - exact.loss) < 1e-5 * exact.loss)
    #expect(loss.count == fixture.chunk.countedValues(quantiles: 3))
    for index in exact.hidden.indices {
      #expect(abs(Double(fixture.workspace.finalHidden[index]) - exact.hidden[index]) < 1e-5)
      #expect(abs(Double(fixture.workspace.finalCell[index]) - exact.cell[index]) < 1e-5)
    }
  }

  @Test(
    "gradients of all parameters and initial states are the reference's central differences",
    arguments: shapes)
  func gradients(_ shape: ForecastNetworkShape) {
    var fixture = ForecastNetworkFixture(shape)
    let (_, gradients) = fixture.gradients()
    let reference = fixture.reference
    func check(_ path: WritableKeyPath<ForecastNetworkReference, [Double]>, _ values: [Float]) {
      for index in values.indices {
        var moved = reference
        moved[keyPath: path][index] += 1e-6
        let above = moved.run().loss
        moved[keyPath: path][index] -= 2e-6
        let expected = (above - moved.run().loss) / 2e-6
        let error = abs(Double(values[index]) - expected)
        #expect(error < 1e-3 * abs(expected) + 1e-6, "\(path) \(index)")
      }
    }
    check(\.parameters, gradients)
    check(\.hidden, Array(fixture.workspace.dInitialHidden))
    check(\.cell, Array(fixture.workspace.dInitialCell))
  }

  @Test("the loss without gradients is the same bits, and both repeat")
  func lossIsTheSame() {
    var fixture = ForecastNetworkFixture(Self.shapes[0], batch: 70)
    let (loss, gradients) = fixture.gradients()
    #expect(fixture.network.loss(fixture.chunk, workspace: &fixture.workspace) == loss)
    let again = fixture.gradients()
    #expect(again.loss == loss && again.gradients == gradients)
  }

  @Test("gradients are added to what is there, and a normalizer stands in for the count")
  func accumulation() {
    var fixture = ForecastNetworkFixture(Self.shapes[0])
    let (loss, gradients) = fixture.gradients()
    var sum = gradients
    sum.withUnsafeMutableBufferPointer {
      _ = fixture.network.lossAndGradients(
        fixture.chunk, addingTo: $0, normalizer: 2 * loss.count, workspace: &fixture.workspace)
    }
    for (one, both) in zip(gradients, sum) { #expect(abs(both - 1.5 * one) < 1e-5) }
  }

  @Test("two chunks with the state carried are one long chunk")
  func carriedState() {
    var whole = ForecastNetworkFixture(Self.shapes[0], steps: 6, positions: [1, 4])
    let total = whole.network.loss(whole.chunk, workspace: &whole.workspace)
    let rows = whole.chunk.batch
    var sum = LossSum()
    var hidden = Array(whole.chunk.initialHidden.elements)
    var cell = Array(whole.chunk.initialCell.elements)
    for (part, position) in [1, 1].enumerated() {
      var half = ForecastTrainingChunk(
        shape: whole.network.shape, steps: 3, batch: rows, positions: [position])
      func copy(_ source: borrowing FloatBuffer, _ target: UnsafeMutableBufferPointer<Float>) {
        let from = part * target.count
        target.copy(
          from: UnsafeBufferPointer(rebasing: source.elements[from...].prefix(target.count)))
      }
      copy(whole.chunk.inputs, half.inputs.mutable)
      copy(whole.chunk.context, half.context.mutable)
      copy(whole.chunk.bases, half.bases.mutable)
      copy(whole.chunk.targets, half.targets.mutable)
      copy(whole.chunk.mask, half.mask.mutable)
      hidden.withUnsafeBufferPointer { half.initialHidden.mutable.copy(from: $0) }
      cell.withUnsafeBufferPointer { half.initialCell.mutable.copy(from: $0) }
      var workspace = ForecastTrainingWorkspace()
      sum += whole.network.loss(half, workspace: &workspace)
      hidden = Array(workspace.finalHidden.elements)
      cell = Array(workspace.finalCell.elements)
    }
    #expect(sum.count == total.count && abs(sum.sum - total.sum) < 1e-9)
    #expect(hidden == Array(whole.workspace.finalHidden.elements))
    #expect(cell == Array(whole.workspace.finalCell.elements))
  }

  @Test("masked targets and bases may be NaN; an observed NaN makes loss and gradients NaN")
  func notANumber() {
    var fixture = ForecastNetworkFixture(Self.shapes[0])
    let (loss, gradients) = fixture.gradients()
    let masked = fixture.chunk.mask.elements.indices.filter { fixture.chunk.mask[$0] == 0 }
    #expect(!masked.isEmpty)
    for index in masked {
      fixture.chunk.targets[index] = .nan
      let (row, n) = index.quotientAndRemainder(dividingBy: 4)
      for k in 0..<2 { fixture.chunk.bases[(row * 2 + k) * 4 + n] = .nan }
    }
    let same = fixture.gradients()
    #expect(same.loss == loss && same.gradients == gradients)
    fixture.chunk.inputs[0] = .nan
    let bad = fixture.gradients()
    #expect(bad.loss.sum.isNaN)
    let clip = bad.gradients.withUnsafeBufferPointer { GradientClip($0, maximumNorm: 1) }
    guard case .skip = clip else {
      Issue.record("NaN gradients were applied")
      return
    }
  }

  @Test("training lowers the loss on a learnable problem, the same way for the same seed")
  func training() {
    let (first, last, digest) = train(seed: 5)
    #expect(last < 0.4 * first, "\(first) \(last)")
    #expect(train(seed: 5).digest == digest)
    #expect(train(seed: 6).digest != digest)
  }

  /// The next values of sines of random phase, from their past.
  private func train(seed: UInt64) -> (first: Double, last: Double, digest: String) {
    let shape = ForecastNetworkShape(
      inputSize: 1, hiddenSize: 16, layerCount: 1, contextSize: 1, baseCount: 2, horizon: 4,
      quantiles: [0.1, 0.5, 0.9])
    var network = ForecastNetwork(shape: shape, seed: seed)
    var optimizer = AdamOptimizer(count: network.layout.count)
    var workspace = ForecastTrainingWorkspace()
    let schedule = WarmupCosineSchedule(peak: 0.01, warmupSteps: 10, totalSteps: 200)
    let (steps, batch) = (24, 16)
    let positions = Array(8..<steps)
    var generator = RandomGenerator(seed: seed)
    var losses: [Double] = []
    var chunk = ForecastTrainingChunk(
      shape: shape, steps: steps, batch: batch, positions: positions)
    var gradients = FloatBuffer(count: network.layout.count)
    chunk.mask.mutable.fill(1)
    for iteration in 0..<200 {
      for b in 0..<batch {
        let phase = generator.uniform(0, 6.28)
        func value(_ t: Int) -> Float { Float(sine(phase + 0.5 * Double(t))) }
        for t in 0..<steps { chunk.inputs[t * batch + b] = value(t) }
        for (p, t) in positions.enumerated() {
          let row = p * batch + b
          for n in 0..<4 {
            chunk.targets[row * 4 + n] = value(t + 1 + n)
            chunk.bases[row * 8 + n] = value(t)
          }
        }
      }
      gradients.mutable.fill(0)
      let loss = network.lossAndGradients(chunk, addingTo: gradients.mutable, workspace: &workspace)
      losses.append(loss.mean)
      let clip = GradientClip(gradients.elements, maximumNorm: 1)
      guard case .apply(let scale, _) = clip else {
        Issue.record("gradients are not finite")
        break
      }
      network.updateParameters {
        optimizer.step(
          parameters: $0, gradients: gradients.elements, rate: schedule.rate(step: iteration),
          gradientScale: scale)
      }
    }
    return (losses[0], losses[losses.count - 1], network.digest)
  }
}
