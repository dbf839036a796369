import Numerics

/// The optimizer's state as tensors, so that a snapshot can keep it beside the weights:
/// `<prefix>step` [1] and PyTorch's names of the moments, each [count] in the layout's order.
extension Optimizer {
  package func stateDescriptors(prefix: String = "optimizer.") -> [SafetensorsDescriptor] {
    [SafetensorsDescriptor(name: prefix + "step", type: .int64, shape: [1])]
      + rule.momentNames.map {
        SafetensorsDescriptor(name: prefix + $0, type: .float32, shape: [count])
      }
  }

  /// Appends what `stateDescriptors` describes, in its order.
  package func appendState(to writer: inout SafetensorsWriter) {
    writer.append([Int64(steps)])
    let moments = rule.momentNames.count
    if moments >= 1 { writer.append(UnsafeRawBufferPointer(moment1.elements)) }
    if moments >= 2 { writer.append(UnsafeRawBufferPointer(moment2.elements)) }
  }

  /// Goes on where the optimizer that wrote the file stopped, bit for bit.
  ///
  /// - Throws: a missing tensor, or one of another type or shape: the file is of another rule or
  ///   model. The optimizer is as it was then.
  package mutating func restoreState(
    _ file: SafetensorsReader, prefix: String = "optimizer."
  ) throws(SafetensorsError) {
    var values: [[Float]] = []
    for tensor in stateDescriptors(prefix: prefix).dropFirst() {
      guard let found = file[tensor.name] else { throw .missingTensor(tensor.name) }
      guard found.shape == tensor.shape else {
        throw .wrongShape(tensor: tensor.name, expected: tensor.shape, found: found.shape)
      }
      values.append(try file.floats(tensor.name))
    }
    let step = try file.int64s(prefix + "step")
    guard step.count == 1, step[0] >= 0, let taken = Int(exactly: step[0]) else {
      throw .badShape(tensor: prefix + "step")
    }
    steps = taken
    if values.count >= 1 { values[0].withUnsafeBufferPointer { moment1.mutable.copy(from: $0) } }
    if values.count >= 2 { values[1].withUnsafeBufferPointer { moment2.mutable.copy(from: $0) } }
  }
}
