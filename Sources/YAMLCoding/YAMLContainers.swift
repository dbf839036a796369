/// The keys of one mapping.
struct YAMLKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let session: YAMLDecodingSession
  let node: Int
  let mapping: YAMLMapping
  let codingPath: [any CodingKey]

  var allKeys: [Key] {
    mapping.entries.compactMap { entry in
      guard let key = Key(stringValue: entry.key), !session.isSkipped(codingPath + [key]) else {
        return nil
      }
      return key
    }
  }

  func contains(_ key: Key) -> Bool {
    session.entry(key.stringValue, of: mapping, node: node) != nil
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    try decoder(forKey: key).decodeNil()
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    guard let entry = session.entry(key.stringValue, of: mapping, node: node) else {
      if let standIn = session.standIn(type, codingPath: codingPath + [key]) { return standIn }
      throw missing(key)
    }
    return try session.value(type, node: entry.value, codingPath: codingPath + [key])
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try decoder(forKey: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(forKey: key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { try decoder(forKey: YAMLKey("super")) }

  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(forKey: key) }

  private func decoder(forKey key: some CodingKey) throws -> YAMLNodeDecoder {
    guard let entry = session.entry(key.stringValue, of: mapping, node: node) else {
      throw missing(key)
    }
    return YAMLNodeDecoder(session: session, node: entry.value, codingPath: codingPath + [key])
  }

  private func missing(_ key: some CodingKey) -> DecodingError {
    .keyNotFound(
      key,
      .init(
        codingPath: codingPath,
        debugDescription: "the required key '\(key.stringValue)' is missing"))
  }
}

/// The elements of one list.
struct YAMLUnkeyedContainer: UnkeyedDecodingContainer {
  private let session: YAMLDecodingSession
  private let elements: [(key: YAMLKey, node: Int)]
  let codingPath: [any CodingKey]
  private(set) var currentIndex = 0

  init(session: YAMLDecodingSession, elements: [Int], codingPath: [any CodingKey]) {
    self.session = session
    self.codingPath = codingPath
    self.elements = elements.enumerated().compactMap { index, node in
      let key = YAMLKey(index: index)
      return session.isSkipped(codingPath + [key]) ? nil : (key, node)
    }
  }

  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  mutating func decodeNil() throws -> Bool {
    let isNil = try decoder().decodeNil()
    if isNil { currentIndex += 1 }
    return isNil
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    let element = try decoder()
    let value = try session.value(type, node: element.node, codingPath: element.codingPath)
    currentIndex += 1
    return value
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    let container = try decoder().container(keyedBy: type)
    currentIndex += 1
    return container
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let container = try decoder().unkeyedContainer()
    currentIndex += 1
    return container
  }

  mutating func superDecoder() throws -> any Decoder {
    let element = try decoder()
    currentIndex += 1
    return element
  }

  private func decoder() throws -> YAMLNodeDecoder {
    guard !isAtEnd else {
      throw DecodingError.valueNotFound(
        Any.self,
        .init(
          codingPath: codingPath,
          debugDescription: "expected more than \(elements.count) elements in the list"))
    }
    let (key, node) = elements[currentIndex]
    return YAMLNodeDecoder(session: session, node: node, codingPath: codingPath + [key])
  }
}

/// The key of a list's element, or of a superclass.
struct YAMLKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(index: Int) {
    self.stringValue = "Index \(index)"
    self.intValue = index
  }

  init(_ name: String) {
    self.stringValue = name
    self.intValue = nil
  }

  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { self.init(index: intValue) }
}
