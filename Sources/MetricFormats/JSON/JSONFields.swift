/// The places of the parts of a metric in a JSON document; the default is
/// `{"series":…,"labels":{…},"timestamp":…,"value":…}`.
package struct JSONFields: Sendable, Equatable {
  package enum Series: Sendable, Equatable {
    case fixed(String)
    case path(JSONPath)
  }

  package enum Labels: Sendable, Equatable {
    /// An object whose members are the labels.
    case object(JSONPath)
    case paths([LabelPath])
  }

  package struct LabelPath: Sendable, Equatable {
    package var name: String
    package var path: JSONPath

    package init(name: String, path: JSONPath) {
      self.name = name
      self.path = path
    }
  }

  package enum Values: Sendable, Equatable {
    case value(JSONPath)
    /// An object whose numeric members are a series each, `series.member`.
    case fields(JSONPath)
  }

  /// An array of records inside the document; nil where the document is a record or an array of
  /// records itself.
  package var records: JSONPath?
  package var series: Series
  package var labels: Labels
  package var timestamp: JSONPath
  package var values: Values

  package init(
    records: JSONPath? = nil, series: Series = .path(JSONPath(member: "series")),
    labels: Labels = .object(JSONPath(member: "labels")),
    timestamp: JSONPath = JSONPath(member: "timestamp"),
    values: Values = .value(JSONPath(member: "value"))
  ) {
    self.records = records
    self.series = series
    self.labels = labels
    self.timestamp = timestamp
    self.values = values
  }
}

/// Member names from a record, or with `$.` in front from its whole document, to a value.
package struct JSONPath: Sendable, Equatable {
  private(set) var members: [[UInt8]] = []
  private(set) var startsAtDocument = false

  package init(member: String) {
    members = [Array(member.utf8)]
  }

  /// Reads `a.b.c`, where `\.` is a dot inside a name and a number is also an array's index.
  ///
  /// - Throws: where a name is empty.
  package init(_ text: String) throws(FormatError) {
    var rest = Array(text.utf8)[...]
    if rest.starts(with: "$.".utf8) {
      startsAtDocument = true
      rest = rest.dropFirst(2)
    }
    var member: [UInt8] = []
    var isEscaped = false
    for byte in rest {
      if byte == UInt8(ascii: "."), !isEscaped {
        members.append(member)
        member = []
      } else if byte == UInt8(ascii: "\\"), !isEscaped {
        isEscaped = true
        continue
      } else {
        member.append(byte)
      }
      isEscaped = false
    }
    members.append(member)
    if isEscaped || members.contains([]) { throw .invalidPath(text: text) }
  }

  /// The value at the path; nil where there is none.
  func find(record: JSONElement, document: JSONElement) -> JSONElement? {
    var element = startsAtDocument ? document : record
    for member in members {
      let next = member.withUnsafeBufferPointer { name in
        element.isArray ? Self.element(name, of: element) : element.member(name)
      }
      guard let next else { return nil }
      element = next
    }
    return element
  }

  private static func element(_ index: Bytes, of array: JSONElement) -> JSONElement? {
    guard var index = parseInteger(index), index >= 0 else { return nil }
    var elements = array.elements
    while let element = elements.next() {
      if index == 0 { return element }
      index -= 1
    }
    return nil
  }
}
