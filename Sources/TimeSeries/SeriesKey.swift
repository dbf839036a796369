/// The identity of a series: a name and labels, in one canonical text `name,label=value,…`.
///
/// Labels are sorted by name (byte order). In names and values, `,`, `=` and `\` are escaped by a
/// backslash, and control characters as `\xHH`. Therefore equal series have equal bytes in every
/// format. The text can be a Kafka key and an argument of a command line, and in the common case it
/// is a JSON string without escapes.
package struct SeriesKey: Sendable, Hashable {
  package struct Label: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  package let name: String
  /// Sorted by name, then value.
  package let labels: [Label]

  package init(name: String, labels: [Label]) {
    self.name = name
    self.labels = labels.sorted { left, right in
      left.name.utf8.elementsEqual(right.name.utf8)
        ? left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
        : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
  }

  /// Reads the canonical text. This never fails, because every byte string has one reading.
  package init(canonical bytes: some Sequence<UInt8>) {
    var name = ""
    var labels: [Label] = []
    var parts = SeriesKeyScanner(bytes: Array(bytes))
    if let first = parts.nextPart() { name = first.whole }
    while let part = parts.nextPart() { labels.append(Label(name: part.before, value: part.after)) }
    self.init(name: name, labels: labels)
  }

  package var canonical: [UInt8] {
    var bytes: [UInt8] = []
    SeriesKeyEscape.append(name.utf8, to: &bytes)
    for label in labels {
      bytes.append(UInt8(ascii: ","))
      SeriesKeyEscape.append(label.name.utf8, to: &bytes)
      bytes.append(UInt8(ascii: "="))
      SeriesKeyEscape.append(label.value.utf8, to: &bytes)
    }
    return bytes
  }

  package subscript(label name: String) -> String? {
    labels.first { $0.name == name }?.value
  }
}

extension SeriesKey: CustomStringConvertible {
  package var description: String { String(decoding: canonical, as: UTF8.self) }
}

/// Splits a canonical key at its unescaped commas, and each part at its first unescaped `=`.
private struct SeriesKeyScanner {
  struct Part {
    var before: String
    var after: String
    /// The whole part, for the name: there an unescaped `=` is an ordinary character.
    var whole: String
  }

  let bytes: [UInt8]
  var position = 0
  var finished = false

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func nextPart() -> Part? {
    guard !finished else { return nil }
    var before: [UInt8] = []
    var after: [UInt8] = []
    var whole: [UInt8] = []
    var isAfter = false
    scan: while true {
      guard position < bytes.count else {
        finished = true
        break
      }
      var byte = bytes[position]
      var isEscaped = false
      position += 1
      if byte == UInt8(ascii: "\\"), position < bytes.count {
        byte = unescaped()
        isEscaped = true
      }
      switch byte {
      case UInt8(ascii: ",") where !isEscaped: break scan
      case UInt8(ascii: "=") where !isEscaped && !isAfter:
        isAfter = true
        whole.append(byte)
      default:
        whole.append(byte)
        if isAfter { after.append(byte) } else { before.append(byte) }
      }
    }
    return Part(
      before: String(decoding: before, as: UTF8.self),
      after: String(decoding: after, as: UTF8.self),
      whole: String(decoding: whole, as: UTF8.self))
  }

  /// The byte that the escape at `position` stands for.
  private mutating func unescaped() -> UInt8 {
    let byte = bytes[position]
    position += 1
    guard byte == UInt8(ascii: "x"), position + 1 < bytes.count,
      let high = Self.nibble(bytes[position]), let low = Self.nibble(bytes[position + 1])
    else { return byte }
    position += 2
    return high << 4 | low
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
