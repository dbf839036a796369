/// Weights of a layout as a file, and back.
extension ParameterLayout {
  /// A safetensors file of all parameters as F32, which PyTorch's `load_state_dict` accepts.
  package func encodeSafetensors(
    _ parameters: UnsafeBufferPointer<Float>, metadata: [String: String] = [:]
  ) -> [UInt8] {
    precondition(parameters.count == count)
    var writer = SafetensorsWriter(
      entries.map { SafetensorsDescriptor(name: $0.name, type: .float32, shape: $0.shape) },
      metadata: metadata)
    for entry in entries {
      writer.append(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: parameters[entry.range])))
    }
    return writer.finish()
  }

  /// The flat parameters from a file that has exactly the layout's names, as F32, and shapes.
  package func decodeParameters(_ file: SafetensorsReader) throws(SafetensorsError) -> [Float] {
    for tensor in file.tensors where self[tensor.name] == nil {
      throw .unexpectedTensor(tensor.name)
    }
    var parameters: [Float] = []
    parameters.reserveCapacity(count)
    for entry in entries {
      guard let tensor = file[entry.name] else { throw .missingTensor(entry.name) }
      guard tensor.shape == entry.shape else {
        throw .wrongShape(tensor: entry.name, expected: entry.shape, found: tensor.shape)
      }
      parameters += try file.floats(entry.name)
    }
    return parameters
  }
}
