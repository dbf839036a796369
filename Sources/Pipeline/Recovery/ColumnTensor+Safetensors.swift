import NeuralNetwork
import TimeSeries

// Columns as the tensors of a safetensors file.

extension SafetensorsWriter {
  /// A writer that holds the given tensors, in their order.
  init(tensors: [ColumnTensor], metadata: [String: String]) {
    self.init(
      tensors.map { tensor in
        guard let type = SafetensorsType(rawValue: tensor.type.rawValue) else {
          preconditionFailure("ColumnTensor's types are a subset of the format's")
        }
        return SafetensorsDescriptor(name: tensor.name, type: type, shape: tensor.shape)
      }, metadata: metadata)
    for tensor in tensors { append(tensor.bytes) }
  }
}

extension SafetensorsReader {
  /// The tensors whose names begin with `prefix`, named without it. Tensors of unknown types are
  /// left out.
  func columnTensors(prefix: String = "") throws(SafetensorsError) -> [ColumnTensor] {
    var columns: [ColumnTensor] = []
    for tensor in tensors where tensor.name.hasPrefix(prefix) {
      guard let type = ColumnTensor.ElementType(rawValue: tensor.type.rawValue) else { continue }
      columns.append(
        ColumnTensor(
          name: String(tensor.name.dropFirst(prefix.count)), type: type, shape: tensor.shape,
          bytes: try withBytes(tensor.name) { Array($0) }))
    }
    return columns
  }
}
