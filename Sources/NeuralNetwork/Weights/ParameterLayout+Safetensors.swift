package import Numerics

/// Weights of a layout as a file that PyTorch's `load_state_dict` accepts, and back.
extension ParameterLayout {
  /// A safetensors file of all parameters as F32, or rounded to 16 bits.
  package func encodeSafetensors(
    _ parameters: UnsafeBufferPointer<Float>, metadata: [String: String] = [:],
    narrowed format: NarrowFormat? = nil
  ) -> [UInt8] {
    Self.encodeSafetensors([(self, parameters)], metadata: metadata, narrowed: format)
  }

  /// One file of several layouts, as of parameters and of the running statistics beside them.
  ///
  /// - Precondition: no name is in two of them.
  package static func encodeSafetensors(
    _ parts: [(layout: ParameterLayout, values: UnsafeBufferPointer<Float>)],
    metadata: [String: String] = [:], narrowed format: NarrowFormat? = nil
  ) -> [UInt8] {
    let type: SafetensorsType =
      switch format {
      case nil: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      }
    var writer = SafetensorsWriter(
      parts.flatMap { part in
        part.layout.entries.map {
          SafetensorsDescriptor(name: $0.name, type: type, shape: $0.shape)
        }
      }, metadata: metadata)
    for (layout, values) in parts {
      precondition(values.count == layout.count)
      for entry in layout.entries {
        let elements = UnsafeBufferPointer(rebasing: values[entry.range])
        guard let format else {
          writer.append(UnsafeRawBufferPointer(elements))
          continue
        }
        var bits = [UInt16](repeating: 0, count: elements.count)
        if let base = elements.baseAddress {
          NarrowKernels.current.narrow(base, to: format, into: &bits, count: elements.count)
        }
        writer.append(bits)
      }
    }
    return writer.finish()
  }

  /// The layout's flat buffer from a file that has exactly its names and shapes and those of
  /// `others`, as F32, F16, BF16 or F64.
  ///
  /// PyTorch's count of the batches that a normalisation saw, `….num_batches_tracked`, is passed
  /// over: nothing here depends on it, and `load_state_dict` does without it.
  package func decodeParameters(
    _ file: SafetensorsReader, beside others: [ParameterLayout] = []
  ) throws(SafetensorsError) -> [Float] {
    for tensor in file.tensors {
      let isCount = tensor.type == .int64 && tensor.name.hasSuffix(".num_batches_tracked")
      if !isCount, !([self] + others).contains(where: { $0[tensor.name] != nil }) {
        throw .unexpectedTensor(tensor.name)
      }
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
