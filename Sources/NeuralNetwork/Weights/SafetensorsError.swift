/// Why a safetensors file was refused, or could not be read or written.
package enum SafetensorsError: Error, Equatable, CustomStringConvertible {
  case truncated(bytes: Int)
  case headerTooLong(length: UInt64, available: Int)
  case malformedHeader(offset: Int, expected: String)
  case duplicateName(String)
  case unknownType(String, tensor: String)
  case badShape(tensor: String)
  case badRange(tensor: String)
  case overlapOrGap(tensor: String)
  case trailingBytes(Int)
  case missingTensor(String)
  case unexpectedTensor(String)
  case wrongType(tensor: String, expected: String, found: String)
  case wrongShape(tensor: String, expected: [Int], found: [Int])
  case fileSystem(operation: String, path: String, errno: Int32)

  package var description: String {
    switch self {
    case .truncated(let bytes):
      "not a safetensors file: only \(bytes) bytes; copy or write the file again"
    case .headerTooLong(let length, let available):
      "header of \(length) bytes in a file that has room for \(available): "
        + "truncated or not a safetensors file; copy or write it again"
    case .malformedHeader(let offset, let expected):
      "malformed header: expected \(expected) at byte \(offset); write the file again"
    case .duplicateName(let name):
      "'\(name)' appears twice in the header; write the file again with unique names"
    case .unknownType(let type, let tensor):
      "tensor '\(tensor)' has type \(type), which is not supported; convert it to F32"
    case .badShape(let tensor):
      "tensor '\(tensor)' has an impossible shape; write the file again"
    case .badRange(let tensor):
      "tensor '\(tensor)' has offsets outside the file or unlike its shape; write the file again"
    case .overlapOrGap(let tensor):
      "tensor '\(tensor)' overlaps another or leaves a gap before it; write the file again"
    case .trailingBytes(let count):
      "\(count) bytes belong to no tensor; write the file again"
    case .missingTensor(let name):
      "tensor '\(name)' is missing: the file is of another model; check the model's configuration"
    case .unexpectedTensor(let name):
      "tensor '\(name)' is unknown: the file is of another model; check the model's configuration"
    case .wrongType(let tensor, let expected, let found):
      "tensor '\(tensor)' is \(found), not \(expected); convert it"
    case .wrongShape(let tensor, let expected, let found):
      "tensor '\(tensor)' has shape \(found), not \(expected): the file is of another model; "
        + "check the model's configuration"
    case .fileSystem(let operation, let path, let code):
      "cannot \(operation) \(path) (errno \(code)); check that it exists, permissions and space"
    }
  }
}
