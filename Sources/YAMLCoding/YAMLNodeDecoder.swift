/// The `Decoder` of one node.
struct YAMLNodeDecoder: Decoder {
  let session: YAMLDecodingSession
  let node: Int
  let codingPath: [any CodingKey]

  var userInfo: [CodingUserInfoKey: Any] { session.userInfo }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .mapping(let mapping) = content else { throw mismatch("a mapping", as: type) }
    session.open(mapping, node: node, keyedBy: type, codingPath: codingPath)
    return KeyedDecodingContainer(
      YAMLKeyedContainer(session: session, node: node, mapping: mapping, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .sequence(let elements) = content else { throw mismatch("a list", as: [Any].self) }
    return YAMLUnkeyedContainer(session: session, elements: elements, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  private var content: YAMLNode.Content { session.document.nodes[node].content }

  private func mismatch(_ expected: String, as type: Any.Type) -> DecodingError {
    let found = session.document.nodes[node].description
    return .typeMismatch(
      type,
      .init(
        codingPath: codingPath,
        debugDescription: YAMLMismatch(expected: expected, found: found).message))
  }
}

extension YAMLNodeDecoder: SingleValueDecodingContainer {
  func decodeNil() -> Bool {
    if case .scalar(let scalar) = content, scalar.kind == .null { return true }
    return session.isFailed(codingPath)
  }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    guard let scalarType = type as? any YAMLScalarDecodable.Type else {
      return try session.value(type, node: node, codingPath: codingPath)
    }
    if let standIn = session.standIn(type, codingPath: codingPath) { return standIn }
    guard case .scalar(let scalar) = content else {
      throw mismatch(scalarType.expectation, as: type)
    }
    do throws(YAMLMismatch) {
      // `scalarType` is T itself, so its value always is a T.
      if let value = try scalarType.init(scalar) as? T { return value }
      preconditionFailure("\(scalarType) is not \(type)")
    } catch {
      throw DecodingError.typeMismatch(
        type, .init(codingPath: codingPath, debugDescription: error.message))
    }
  }
}
