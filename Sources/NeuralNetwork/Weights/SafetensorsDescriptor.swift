/// Element types of safetensors files that are read and written here.
package enum SafetensorsType: String, Sendable, CaseIterable {
  case bool = "BOOL"
  case uint8 = "U8"
  case int8 = "I8"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  /// Bytes of an element.
  package var size: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .float64, .int64, .uint64: 8
    }
  }
}

/// Name, type and shape of a tensor in a file.
package struct SafetensorsDescriptor: Sendable, Equatable {
  package let name: String
  package let type: SafetensorsType
  package let shape: [Int]

  package init(name: String, type: SafetensorsType, shape: [Int]) {
    self.name = name
    self.type = type
    self.shape = shape
  }

  /// Bytes of the tensor, or nil where a dimension is negative or the product overflows.
  package var byteCount: Int? {
    var product = type.size
    for dimension in shape {
      guard dimension >= 0 else { return nil }
      let (result, overflow) = product.multipliedReportingOverflow(by: dimension)
      if overflow { return nil }
      product = result
    }
    return product
  }
}
