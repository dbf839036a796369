/// Where everything is in a safetensors file: what the reader keeps of the header.
///
/// Made in two passes over the header: the first one counts, so that no array has to grow. An
/// entry and its places in both orders take less than the shortest text that makes one (50 bytes of
/// a tensor, 6 of the metadata), so the whole index takes less than the header, whatever is in it.
struct SafetensorsIndex: Sendable {
  struct Entry: Sendable {
    let name: SafetensorsHeaderString
    let shape: UInt32
    let rank: UInt8
    let type: SafetensorsType
    let begin: Int
    let end: Int
  }

  /// In the order of their data, with offsets into the file.
  let tensors: [Entry]
  /// Places in `tensors`, in the order of the names.
  private let byName: [UInt32]
  /// Where the metadata's keys begin, in their order.
  private let metadataKeys: [UInt32]
  private let headerEnd: Int

  init(_ bytes: [UInt8], header: Range<Int>) throws(SafetensorsError) {
    headerEnd = header.upperBound
    var (tensorCount, metadataCount) = (0, 0)
    var counter = SafetensorsHeaderScanner(bytes, range: header)
    try counter.scan { (_) throws(SafetensorsError) in
      tensorCount += 1
    } metadata: { _, _ in
      metadataCount += 1
    }
    var tensors: [Entry] = []
    tensors.reserveCapacity(tensorCount)
    var keys: [UInt32] = []
    keys.reserveCapacity(metadataCount)
    var scanner = SafetensorsHeaderScanner(bytes, range: header)
    let (dataStart, dataCount) = (header.upperBound, bytes.count - header.upperBound)
    try scanner.scan { (tensor) throws(SafetensorsError) in
      guard tensor.end <= dataCount else {
        throw .badRange(tensor: shown(tensor.name, bytes))
      }
      tensors.append(
        Entry(
          name: tensor.name, shape: tensor.shape, rank: tensor.rank, type: tensor.type,
          begin: dataStart + tensor.begin, end: dataStart + tensor.end))
    } metadata: { key, _ in
      keys.append(key.start)
    }
    tensors.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
    byName = try Self.ordered(tensors, bytes)
    var end = dataStart
    for tensor in tensors {
      guard tensor.begin == end else { throw .overlapOrGap(tensor: shown(tensor.name, bytes)) }
      end = tensor.end
    }
    guard end == bytes.count else { throw .trailingBytes(bytes.count - end) }
    self.tensors = tensors
    // In place: a sorted copy would be too much.
    keys.sort { Self.string(at: $0, bytes).precedes(Self.string(at: $1, bytes), bytes) }
    try Self.checkUnique(keys, bytes)
    metadataKeys = keys
  }

  private static func ordered(
    _ tensors: [Entry], _ bytes: [UInt8]
  ) throws(SafetensorsError) -> [UInt32] {
    var order = Array(0..<UInt32(tensors.count))
    order.sort { tensors[Int($0)].name.precedes(tensors[Int($1)].name, bytes) }
    for (first, second) in zip(order, order.dropFirst()) {
      let name = tensors[Int(first)].name
      // Equal names are neighbours.
      if !name.precedes(tensors[Int(second)].name, bytes) {
        throw .duplicateName(shown(name, bytes))
      }
    }
    return order
  }

  private static func checkUnique(
    _ keys: [UInt32], _ bytes: [UInt8]
  ) throws(SafetensorsError) {
    for (first, second) in zip(keys, keys.dropFirst()) {
      let key = string(at: first, bytes)
      if !key.precedes(string(at: second, bytes), bytes) {
        throw .duplicateName("__metadata__." + shown(key, bytes))
      }
    }
  }

  /// The string whose content begins here, which the scanner has accepted: up to its closing quote.
  private static func string(at start: UInt32, _ bytes: [UInt8]) -> SafetensorsHeaderString {
    var end = Int(start)
    while bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
    return SafetensorsHeaderString(start: start, count: UInt32(end) - start)
  }

  /// The place of a name in `tensors`.
  func tensor(_ name: String, _ bytes: [UInt8]) -> Int? {
    Self.search(byName, name, bytes) { tensors[Int($0)].name }.map(Int.init)
  }

  /// The value of a key of the metadata.
  func metadata(_ key: String, _ bytes: [UInt8]) -> String? {
    Self.search(metadataKeys, key, bytes) { Self.string(at: $0, bytes) }
      .map { value(afterKeyAt: $0, bytes).text(bytes) }
  }

  /// All of the metadata; allocates what it gives.
  func allMetadata(_ bytes: [UInt8]) -> [String: String] {
    Dictionary(
      metadataKeys.map {
        (Self.string(at: $0, bytes).text(bytes), value(afterKeyAt: $0, bytes).text(bytes))
      }, uniquingKeysWith: { first, _ in first })
  }

  private func value(afterKeyAt start: UInt32, _ bytes: [UInt8]) -> SafetensorsHeaderString {
    let key = Self.string(at: start, bytes)
    // Past the closing quote, the colon and white space, to behind the opening quote.
    var position = Int(key.start + key.count) + 1
    while bytes[position] != UInt8(ascii: "\"") { position += 1 }
    return Self.string(at: UInt32(position + 1), bytes)
  }

  private static func search(
    _ order: [UInt32], _ name: String, _ bytes: [UInt8],
    _ string: (UInt32) -> SafetensorsHeaderString
  ) -> UInt32? {
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      let comparison = string(order[middle]).compare(name.utf8.makeIterator(), bytes)
      if comparison == 0 { return order[middle] }
      if comparison < 0 { low = middle + 1 } else { high = middle }
    }
    return nil
  }

  func descriptor(_ index: Int, _ bytes: [UInt8]) -> SafetensorsDescriptor {
    let entry = tensors[index]
    var scanner = SafetensorsShapeReader(bytes, at: entry.shape)
    return SafetensorsDescriptor(
      name: entry.name.text(bytes), type: entry.type,
      shape: (0..<Int(entry.rank)).map { _ in scanner.next() })
  }
}

/// Reads the numbers of a shape that the scanner has accepted.
struct SafetensorsShapeReader {
  private let bytes: [UInt8]
  private var position: Int

  init(_ bytes: [UInt8], at start: UInt32) {
    self.bytes = bytes
    position = Int(start)
  }

  mutating func next() -> Int {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    while !digits.contains(bytes[position]) { position += 1 }
    var value = 0
    while digits.contains(bytes[position]) {
      value = 10 * value + Int(bytes[position] - UInt8(ascii: "0"))
      position += 1
    }
    return value
  }
}
