import NeuralNetwork
import Numerics

/// The model of all cases, PyTorch's `nn.LSTM(8, 64, 2)` with `nn.Linear(64, 72)` on its outputs.
final class BenchmarkModel {
  static let inputSize = 8
  static let hiddenSize = 64
  static let layerCount = 2
  static let outputSize = 72

  let layout: ParameterLayout
  let layers: [LSTMLayer]
  let head: LinearLayer
  private(set) var parameters: FloatBuffer
  private(set) var packed: FloatBuffer

  init(seed: UInt64) {
    var layout = ParameterLayout()
    var packing = PackedStorageLayout()
    layers = (0..<Self.layerCount).map { index in
      LSTMLayer(
        prefix: "lstm", index: index, inputSize: index == 0 ? Self.inputSize : Self.hiddenSize,
        hiddenSize: Self.hiddenSize, layout: &layout, packing: &packing)
    }
    head = LinearLayer(
      inputSize: Self.hiddenSize, outputSize: Self.outputSize,
      weight: layout.append("head.weight", Self.outputSize, Self.hiddenSize).offset,
      bias: layout.append("head.bias", Self.outputSize).offset, packing: &packing)
    self.layout = layout
    parameters = FloatBuffer(count: layout.count)
    packed = FloatBuffer(count: packing.count)
    var generator = RandomGenerator(seed: seed)
    update { parameters in
      for layer in layers {
        initialize(layer, parameters, forgetBias: nil, using: &generator)
      }
      initialize(head, parameters, using: &generator)
    }
  }

  func update(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    body(parameters.mutable)
    let source = address(parameters.elements)
    let target = address(packed.mutable)
    for layer in layers { layer.pack(source, into: target) }
    head.pack(source, into: target)
  }

  /// Floating-point operations of one series' step forward, a multiply-add being two.
  static var stepOperations: Double { recurrentOperations + headOperations }
  static let recurrentOperations = Double(
    2 * 4 * hiddenSize * (inputSize + hiddenSize + (layerCount - 1) * 2 * hiddenSize))
  static let headOperations = Double(2 * hiddenSize * outputSize)
  /// The same of a training step of one series: the products forward, those of the gradients of the
  /// weights, and those of the gradients of all inputs but the first layer's, which nobody asks
  /// for.
  static func trainingOperations(headShare: Double) -> Double {
    3 * recurrentOperations - Double(2 * 4 * hiddenSize * inputSize)
      + 3 * headShare * headOperations
  }
}

// Safety: parameters change only between the runs of the shards that read them.
extension BenchmarkModel: @unchecked Sendable {}

/// A buffer's address; it has one whatever its count.
func address(_ elements: UnsafeBufferPointer<Float>) -> UnsafePointer<Float> {
  guard let address = elements.baseAddress else { preconditionFailure("a buffer without address") }
  return address
}

func address(_ elements: UnsafeMutableBufferPointer<Float>) -> UnsafeMutablePointer<Float> {
  guard let address = elements.baseAddress else { preconditionFailure("a buffer without address") }
  return address
}

/// Standard normal values from a seed.
func normals(_ count: Int, seed: UInt64) -> FloatBuffer {
  var generator = RandomGenerator(seed: seed)
  var buffer = FloatBuffer(count: count)
  for index in 0..<count { buffer[index] = Float(generator.normal()) }
  return buffer
}
