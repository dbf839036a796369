import NeuralNetwork
import Numerics
import TestSupport
import Testing

/// Weights trained here and used in PyTorch, and the other way round; `make parity` installs it.
@Suite(.enabled(if: Torch.python != nil, "\(Torch.reason)"))
struct RoundTripTests {
  @Test("a model trained here gives the same outputs in PyTorch after load_state_dict")
  func toPyTorch() throws {
    let directory = try TemporaryDirectory()
    let model = GuideModel(inputs: 3, hidden: 16, layers: 2, outputs: 4)
    let (steps, batch) = (12, 8)
    let x = random(steps * batch * 3, seed: 3)
    // Each series' last four values of the first input.
    let targets = (0..<batch).flatMap { b in
      (0..<4).map { x[((steps - 4 + $0) * batch + b) * 3] }
    }
    var parameters = model.initialParameters(seed: 4)
    let losses = model.train(
      &parameters, steps: steps, batch: batch, x: x, targets: targets, trainingSteps: 60)
    #expect(losses[59] < 0.5 * losses[0], "nothing was learned")

    try parameters.withUnsafeBufferPointer { parameters in
      for (name, format) in [
        ("weights", nil), ("float16", NarrowFormat.float16), ("bfloat16", .bfloat16),
      ] {
        try WeightsFile.write(
          model.layout.encodeSafetensors(parameters, narrowed: format),
          to: "\(directory.path)/\(name).safetensors")
      }
    }
    let norm = NormModel()
    let values = (
      parameters: random(10, seed: 6), statistics: random(10, seed: 7).map { abs($0) + 0.1 }
    )
    try WeightsFile.write(norm.encoded(values), to: "\(directory.path)/norm.safetensors")
    var example = SafetensorsWriter([
      SafetensorsDescriptor(name: "x", type: .float32, shape: [steps, batch, 3]),
      SafetensorsDescriptor(name: "y", type: .float32, shape: [batch, 4]),
      SafetensorsDescriptor(name: "normal.x", type: .float32, shape: [8, 5]),
      SafetensorsDescriptor(name: "normal.y", type: .float32, shape: [8, 5]),
    ])
    example.append(x)
    example.append(model.outputs(parameters, steps: steps, batch: batch, x: x))
    example.append(random(40, seed: 8))
    example.append(norm.outputs(values, x: random(40, seed: 8)))
    try WeightsFile.write(example.finish(), to: "\(directory.path)/example.safetensors")
    try Torch.run("check", directory)
  }

  @Test("a model trained in PyTorch gives the same outputs here, saved in any float type")
  func fromPyTorch() throws {
    let directory = try TemporaryDirectory()
    try Torch.run("train", directory)
    let model = GuideModel(inputs: 3, hidden: 16, layers: 2, outputs: 4)
    func file(_ name: String) throws -> SafetensorsReader {
      try SafetensorsReader(WeightsFile.read("\(directory.path)/\(name).safetensors"))
    }
    let example = try file("example")
    let shape = try #require(example["x"]).shape
    for type in ["float32", "float64", "float16", "bfloat16"] {
      let parameters = try model.layout.decodeParameters(file(type))
      let y = try model.outputs(
        parameters, steps: shape[0], batch: shape[1], x: example.floats("x"))
      let error = relativeError(y, try file("\(type)-outputs").floats("y"))
      #expect(error <= 1e-5, "\(type)")
    }
    let norm = NormModel()
    let y = norm.outputs(
      try norm.decoded(file("norm")), x: try example.floats("normal.x"))
    #expect(relativeError(y, try example.floats("normal.y")) <= 1e-5)
  }
}

/// The PyTorch of the round trip.
enum Torch {
  private static let search = Result {
    try ChildProcess.run(["\(packageDirectory)/scripts/torch-python"], timeout: .seconds(120))
  }

  /// What scripts/torch-python prints: the path, or why there is none.
  private static var answer: (isPath: Bool, text: String) {
    switch search {
    case .success(let outcome):
      (outcome.end == .exited(0), String(outcome.output.split(separator: "\n").last ?? ""))
    case .failure(let error): (false, "scripts/torch-python cannot be run: \(error)")
    }
  }

  static var python: String? { answer.isPath ? answer.text : nil }
  static var reason: String { answer.text }

  static func run(_ command: String, _ directory: TemporaryDirectory) throws {
    let script = "\(packageDirectory)/fixtures/parity/round_trip.py"
    let outcome = try ChildProcess.run(
      [try #require(python), script, command, directory.path], timeout: .seconds(120))
    try #require(outcome.end == .exited(0), "\(outcome.output)")
  }
}

/// The model of PyTorch's guides: an LSTM, and a linear layer on its last step.
struct GuideModel {
  let layout: ParameterLayout
  private let packing: PackedStorageLayout
  private let stack: RecurrentStack
  private let linear: LinearLayer

  init(inputs: Int, hidden: Int, layers: Int, outputs: Int) {
    var (layout, packing) = (ParameterLayout(), PackedStorageLayout())
    stack = RecurrentStack(
      prefix: "lstm",
      shape: RecurrentStackShape(inputSize: inputs, hiddenSize: hidden, layerCount: layers),
      layout: &layout, packing: &packing)
    let weight = layout.append("linear.weight", outputs, hidden).offset
    let bias = layout.append("linear.bias", outputs).offset
    linear = LinearLayer(
      inputSize: hidden, outputSize: outputs, weight: weight, bias: bias, packing: &packing)
    (self.layout, self.packing) = (layout, packing)
  }

  func initialParameters(seed: UInt64) -> [Float] {
    var generator = RandomGenerator(seed: seed)
    var parameters = [Float](repeating: 0, count: layout.count)
    parameters.withUnsafeMutableBufferPointer {
      stack.initialize($0, using: &generator)
      initialize(linear, $0, using: &generator)
    }
    return parameters
  }

  /// [B, outputs]
  func outputs(_ parameters: [Float], steps: Int, batch: Int, x: [Float]) -> [Float] {
    var gradients: [Float]?
    return run(parameters, steps: steps, batch: batch, x: x, gradients: &gradients) { _ in [] }
  }

  /// The loss before each step of Adam on the same batch.
  func train(
    _ parameters: inout [Float], steps: Int, batch: Int, x: [Float], targets: [Float],
    trainingSteps: Int
  ) -> [Double] {
    var optimizer = Optimizer(count: layout.count, rule: .adam())
    return (0..<trainingSteps).map { _ in
      var loss = LossSum()
      var gradients: [Float]? = []
      _ = run(parameters, steps: steps, batch: batch, x: x, gradients: &gradients) { y in
        var dy = y
        loss = squaredError(
          count: y.count, predictions: y, targets: targets, mask: nil, dPredictions: &dy,
          gradientScale: 1 / Float(y.count))
        return dy
      }
      (gradients ?? []).withUnsafeBufferPointer { gradients in
        let clip = GradientClip(gradients, maximumNorm: 1)
        guard case .apply(let scale, _) = clip else { return }
        parameters.withUnsafeMutableBufferPointer {
          optimizer.step(parameters: $0, gradients: gradients, rate: 0.01, gradientScale: scale)
        }
      }
      return loss.mean
    }
  }

  /// Outputs; and where gradients are wanted, those of the parameters, from `slopes` of the outputs.
  private func run(
    _ parameters: [Float], steps: Int, batch: Int, x: [Float], gradients: inout [Float]?,
    slopes: ([Float]) -> [Float]
  ) -> [Float] {
    var packed = [Float](repeating: 0, count: packing.count)
    stack.pack(parameters, into: &packed)
    linear.pack(parameters, into: &packed)
    var workspace = RecurrentWorkspace()
    let pass = RecurrentPass(steps: steps, batch: batch)
    stackForward(stack, packed: packed, pass, x: x, workspace: &workspace)
    let hidden = stack.shape.outputSize
    let last = workspace.outputs(stack, steps: steps, batch: batch) + (steps - 1) * batch * hidden
    var y = [Float](repeating: 0, count: batch * linear.outputSize)
    linearForward(
      linear, packed: packed, rows: batch, x: last, xStride: hidden, y: &y,
      yStride: linear.outputSize)
    guard gradients != nil else { return y }
    let dy = slopes(y)
    var dParameters = [Float](repeating: 0, count: layout.count)
    linearBackwardParameters(
      linear, rows: batch, x: last, xStride: hidden, dy: dy, dyStride: linear.outputSize,
      dParameters: &dParameters)
    var dOutputs = [Float](repeating: 0, count: steps * batch * hidden)
    dOutputs.withUnsafeMutableBufferPointer { dOutputs in
      guard let base = dOutputs.baseAddress else { return }
      linearBackwardInput(
        linear, packed: packed, rows: batch, dy: dy, dyStride: linear.outputSize,
        dx: base + (steps - 1) * batch * hidden, dxStride: hidden)
    }
    stackBackward(
      stack, packed: packed, pass, x: x, dOutputs: dOutputs, dx: nil, dParameters: &dParameters,
      workspace: &workspace)
    gradients = dParameters
    return y
  }
}

/// A batch normalisation, whose running statistics are beside its parameters in one file.
struct NormModel {
  typealias Values = (parameters: [Float], statistics: [Float])
  private let layout: ParameterLayout
  private let statistics: ParameterLayout
  private let layer: BatchNormLayer
  private let packedCount: Int

  init() {
    var (layout, statistics) = (ParameterLayout(), ParameterLayout())
    var packing = PackedStorageLayout()
    layer = BatchNormLayer(
      prefix: "norm", size: 5, layout: &layout, statistics: &statistics, packing: &packing)
    (self.layout, self.statistics) = (layout, statistics)
    packedCount = packing.count
  }

  func encoded(_ values: Values) -> [UInt8] {
    values.parameters.withUnsafeBufferPointer { parameters in
      values.statistics.withUnsafeBufferPointer {
        ParameterLayout.encodeSafetensors([(layout, parameters), (statistics, $0)])
      }
    }
  }

  func decoded(_ file: SafetensorsReader) throws -> Values {
    (
      try layout.decodeParameters(file, beside: [statistics]),
      try statistics.decodeParameters(file, beside: [layout])
    )
  }

  func outputs(_ values: Values, x: [Float]) -> [Float] {
    var y = x
    var (mean, scale) = ([Float](repeating: 0, count: 5), [Float](repeating: 0, count: 5))
    var packed = [Float](repeating: 0, count: packedCount)
    layer.pack(values.parameters, into: &packed)
    batchNormInference(
      layer, packed: packed, rows: x.count / 5, mask: nil, x: x, y: &y,
      statistics: values.statistics, mean: &mean, scale: &scale)
    return y
  }
}
