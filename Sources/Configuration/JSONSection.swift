import MetricFormats

/// `json:` of an input — the paths of a metric's parts in a message of the generic JSON format.
struct JSONSection: Decodable {
  var fields: JSONFields

  enum CodingKeys: String, CodingKey {
    case records, series, name, labels, timestamp, value, fields
    case labelFields = "label_fields"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    fields = JSONFields()
    fields.records = try container.path(.records)
    if let name = try container.decodeIfPresent(String.self, forKey: .name) {
      guard !container.contains(.series) else {
        throw container.impossible(
          .name,
          "and series exclude each other: all metrics have one "
            + "name, or each message says its own")
      }
      fields.series = .fixed(name)
    } else if let path = try container.path(.series) {
      fields.series = .path(path)
    }
    if let path = try container.path(.labels) { fields.labels = .object(path) }
    if let paths = try container.decodeIfPresent([String].self, forKey: .labelFields) {
      guard !container.contains(.labels) else {
        throw container.impossible(.labelFields, "and labels exclude each other")
      }
      fields.labels = .paths(
        try paths.map { text in
          let name = text.split(separator: ".").last.map(String.init) ?? text
          return JSONFields.LabelPath(name: name, path: try container.path(text, .labelFields))
        })
    }
    if let path = try container.path(.timestamp) { fields.timestamp = path }
    if let path = try container.path(.value) { fields.values = .value(path) }
    if let path = try container.path(.fields) {
      guard !container.contains(.value) else {
        throw container.impossible(.fields, "and value exclude each other")
      }
      fields.values = .fields(path)
    }
  }
}

extension KeyedDecodingContainer where K == JSONSection.CodingKeys {
  fileprivate func path(_ key: Key) throws -> JSONPath? {
    guard let text = try decodeIfPresent(String.self, forKey: key) else { return nil }
    return try path(text, key)
  }

  fileprivate func path(_ text: String, _ key: Key) throws -> JSONPath {
    do throws(FormatError) {
      return try JSONPath(text)
    } catch {
      throw impossible(key, "\(error)")
    }
  }
}
