package import Numerics

/// Weights of a layout as a file, and back.
extension ParameterLayout {
  /// A safetensors file of all parameters as F32, or rounded to 16 bits, which PyTorch's
  /// `load_state_dict` accepts.
  package func encodeSafetensors(
    _ parameters: UnsafeBufferPointer<Float>, metadata: [String: String] = [:],
    narrowed format: NarrowFormat? = nil
  ) -> [UInt8] {
    precondition(parameters.count == count)
    let type: SafetensorsType =
      switch format {
      case nil: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      }
    var writer = SafetensorsWriter(
      entries.map { SafetensorsDescriptor(name: $0.name, type: type, shape: $0.shape) },
      metadata: metadata)
    for entry in entries {
      let values = UnsafeBufferPointer(rebasing: parameters[entry.range])
      guard let format else {
        writer.append(UnsafeRawBufferPointer(values))
        continue
      }
      var bits = [UInt16](repeating: 0, count: values.count)
      if let base = values.baseAddress {
        NarrowKernels.current.narrow(base, to: format, into: &bits, count: values.count)
      }
      writer.append(bits)
    }
    return writer.finish()
  }

  /// The flat parameters from a file that has exactly the layout's names and shapes, as F32, F16,
  /// BF16 or F64.
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
