/// Where the components and properties of a calendar are, by lines: libical does not say.
///
/// It checks the nesting too, so that libical meets none that is deep or wrong.
struct CalendarLines {
  private static let depthMaximum = 8

  struct Component {
    var name: String
    /// The line of its `BEGIN`, from 1.
    var line: Int
    /// The lines of its own properties, by name in capitals.
    var properties: [(name: String, line: Int)] = []
  }

  /// In the order of the file.
  private(set) var components: [Component] = []

  /// - Throws: `CalendarError` where components are not nested as they should be.
  init(_ text: String, reader: CalendarReader) throws(CalendarError) {
    var open: [Int] = []
    var number = 0
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      // A line that begins with a blank goes on with the one before.
      guard let first = line.first, first != UInt8(ascii: " "), first != UInt8(ascii: "\t") else {
        continue
      }
      let name = Self.name(line)
      switch name {
      case "BEGIN":
        guard open.count < Self.depthMaximum else {
          throw reader.error(number, "components within more than \(Self.depthMaximum) others")
        }
        open.append(components.count)
        components.append(Component(name: Self.value(line), line: number))
      case "END":
        guard let last = open.popLast(), components[last].name == Self.value(line) else {
          throw reader.error(number, "END:\(Self.value(line)) ends no BEGIN of the same name")
        }
      default:
        if let last = open.last { components[last].properties.append((name, number)) }
      }
    }
    if let last = open.last {
      throw reader.error(
        components[last].line,
        "BEGIN:\(components[last].name) has no END:\(components[last].name)")
    }
  }

  private static func name(_ line: Substring.UTF8View) -> String {
    let name = line.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ";") }
    return String(decoding: name.prefix(64), as: UTF8.self).uppercased()
  }

  private static func value(_ line: Substring.UTF8View) -> String {
    let value = line.drop { $0 != UInt8(ascii: ":") }.dropFirst()
    return String(
      decoding: value.filter { $0 > UInt8(ascii: " ") }.prefix(64), as: UTF8.self
    ).uppercased()
  }
}

extension CalendarLines.Component {
  /// The line of a property, or of the component where it has none.
  func line(of property: String) -> Int {
    properties.first { $0.name == property }?.line ?? line
  }
}
