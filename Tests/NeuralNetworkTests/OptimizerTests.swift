import Glibc
import NeuralNetwork
import Testing

/// PyTorch's single-tensor optimizers in Float64, one parameter each.
struct OptimizerReference {
  let rule: Optimizer.Rule
  var moment1 = 0.0
  var moment2 = 0.0
  var steps = 0

  mutating func step(_ parameter: Double, _ gradient: Double, rate: Double) -> Double {
    steps += 1
    switch rule {
    case .sgd(let momentum, let dampening, let nesterov, let decay):
      let g = gradient + decay * parameter
      if momentum == 0 { return parameter - rate * g }
      moment1 = steps == 1 ? g : momentum * moment1 + (1 - dampening) * g
      return parameter - rate * (nesterov ? g + momentum * moment1 : moment1)
    case .adam(let beta1, let beta2, let epsilon, let decay):
      return adam(parameter, gradient + decay * parameter, rate, beta1, beta2, epsilon)
    case .adamW(let beta1, let beta2, let epsilon, let decay):
      return adam(parameter * (1 - rate * decay), gradient, rate, beta1, beta2, epsilon)
    }
  }

  private mutating func adam(
    _ p: Double, _ g: Double, _ rate: Double, _ beta1: Double, _ beta2: Double, _ epsilon: Double
  ) -> Double {
    moment1 = beta1 * moment1 + (1 - beta1) * g
    moment2 = beta2 * moment2 + (1 - beta2) * g * g
    let denominator = (moment2 / (1 - pow(beta2, Double(steps)))).squareRoot() + epsilon
    return p - rate / (1 - pow(beta1, Double(steps))) * moment1 / denominator
  }
}

@Suite struct OptimizerTests {
  static let rules: [Optimizer.Rule] = [
    .sgd(), .sgd(weightDecay: 0.1), .sgd(momentum: 0.9),
    .sgd(momentum: 0.8, dampening: 0.3, weightDecay: 0.05),
    .sgd(momentum: 0.9, nesterov: true, weightDecay: 0.01),
    .adam(), .adam(weightDecay: 0.01), .adam(beta1: 0.5, beta2: 0.9, epsilon: 1e-3),
    .adamW(), .adamW(weightDecay: 0.3),
  ]

  static func step(
    _ optimizer: inout Optimizer, _ parameters: inout [Float], seed: UInt64, rate: Double,
    scale: Float = 0.5
  ) -> [Float] {
    let gradients = random(parameters.count, seed: seed)
    parameters.withUnsafeMutableBufferPointer { parameters in
      gradients.withUnsafeBufferPointer {
        optimizer.step(parameters: parameters, gradients: $0, rate: rate, gradientScale: scale)
      }
    }
    return gradients
  }

  @Test("fifty steps of an optimizer follow the Float64 reference", arguments: rules)
  func reference(_ rule: Optimizer.Rule) {
    let count = 37
    var parameters = random(count, seed: 1)
    var exact = parameters.map(Double.init)
    var references = [OptimizerReference](repeating: OptimizerReference(rule: rule), count: count)
    var optimizer = Optimizer(count: count, rule: rule)
    for step in 0..<50 {
      let rate = 0.01 / Double(step + 1)
      let gradients = Self.step(&optimizer, &parameters, seed: UInt64(100 + step), rate: rate)
      for index in 0..<count {
        exact[index] = references[index].step(
          exact[index], Double(gradients[index]) * 0.5, rate: rate)
        #expect(abs(Double(parameters[index]) - exact[index]) < 1e-5)
      }
    }
    #expect(optimizer.steps == 50)
  }

  @Test("an optimizer restored from a file goes on bit for bit", arguments: rules)
  func restoring(_ rule: Optimizer.Rule) throws {
    let count = 21
    var parameters = random(count, seed: 1)
    var optimizer = Optimizer(count: count, rule: rule)
    for step in 0..<3 {
      _ = Self.step(&optimizer, &parameters, seed: UInt64(step), rate: 0.01)
    }
    var writer = SafetensorsWriter(optimizer.stateDescriptors())
    optimizer.appendState(to: &writer)
    let file = try SafetensorsReader(writer.finish())

    var other = Optimizer(count: count, rule: rule)
    try other.restoreState(file)
    #expect(other.steps == 3)
    var otherParameters = parameters
    for step in 3..<6 {
      _ = Self.step(&optimizer, &parameters, seed: UInt64(step), rate: 0.01)
      _ = Self.step(&other, &otherParameters, seed: UInt64(step), rate: 0.01)
      #expect(parameters == otherParameters)
    }
  }

  @Test("the state of another rule or model is refused, and nothing changes")
  func foreignState() throws {
    let sgd = Optimizer(count: 4, rule: .sgd(momentum: 0.9))
    var writer = SafetensorsWriter(sgd.stateDescriptors(prefix: ""))
    sgd.appendState(to: &writer)
    let file = try SafetensorsReader(writer.finish())
    var adam = Optimizer(count: 4, rule: .adam())
    var refusal: SafetensorsError?
    do throws(SafetensorsError) { try adam.restoreState(file, prefix: "") } catch {
      refusal = error
    }
    #expect(refusal == .missingTensor("exp_avg"))
    var larger = Optimizer(count: 5, rule: .sgd(momentum: 0.9))
    do throws(SafetensorsError) { try larger.restoreState(file, prefix: "") } catch {
      refusal = error
    }
    #expect(
      refusal == .wrongShape(tensor: "momentum_buffer", expected: [5], found: [4]))
    #expect(adam.steps == 0 && larger.steps == 0)
  }
}
