import TimeSeries

extension MetricFormat {
  static let json = MetricFormat(
    name: "json", description: "JSON of any shape, with configurable paths",
    options: [.timestampUnit, .requireTimestamp, .booleans, .numericStrings, .fields]
  ) { options, limits in
    JSONMessageDecoder(GenericJSONDecoder(options), limits: limits)
  }
}

/// Records whose parts are where the configuration says.
struct GenericJSONDecoder: JSONDocumentDecoder {
  private let fields: JSONFields
  private let isDefault: Bool
  private let unit: TimestampUnit
  private let hasBooleans: Bool
  private let hasNumericStrings: Bool

  init(_ options: FormatOptions) {
    fields = options.fields ?? JSONFields()
    isDefault = fields == JSONFields()
    unit = options.timestampUnit ?? .auto
    hasBooleans = options.booleans ?? false
    hasNumericStrings = options.numericStrings ?? false
  }

  func decode(_ root: JSONElement, _ writer: inout PointWriter, into batch: inout PointBatch) {
    var records = root
    if let path = fields.records {
      guard let found = path.find(record: root, document: root) else {
        return writer.drop(.notAMetric)
      }
      records = found
    }
    guard records.isArray else {
      return decodeRecord(records, of: root, &writer, into: &batch)
    }
    var elements = records.elements
    while let record = elements.next() {
      decodeRecord(record, of: root, &writer, into: &batch)
    }
  }

  private struct Parts {
    var series: JSONElement?
    var labels: JSONElement?
    var timestamp: JSONElement?
    var value: JSONElement?
  }

  private func decodeRecord(
    _ record: JSONElement, of document: JSONElement, _ writer: inout PointWriter,
    into batch: inout PointBatch
  ) {
    guard record.isObject else { return writer.drop(.malformed) }
    let parts = isDefault ? defaultParts(record) : parts(record, document)
    guard let value = parts.value, startSeries(parts.series, &writer) else {
      return writer.drop(.notAMetric)
    }
    guard setLabels(parts.labels, record, document, &writer),
      let time = writer.time(parts.timestamp, unit)
    else { return }
    switch fields.values {
    case .value: append(value, at: time, &writer, into: &batch)
    case .fields:
      guard value.isObject else { return writer.drop(.notAMetric) }
      appendMembers(value, at: time, &writer, into: &batch)
    }
  }

  /// One pass over the record instead of a search for each part.
  private func defaultParts(_ record: JSONElement) -> Parts {
    var parts = Parts()
    var members = record.members
    while let (key, value) = members.next() {
      if key.equals("series") {
        parts.series = value
      } else if key.equals("timestamp") {
        parts.timestamp = value
      } else if key.equals("value") {
        parts.value = value
      } else if key.equals("labels") {
        parts.labels = value
      }
    }
    return parts
  }

  private func parts(_ record: JSONElement, _ document: JSONElement) -> Parts {
    var parts = Parts()
    parts.timestamp = fields.timestamp.find(record: record, document: document)
    if case .path(let path) = fields.series {
      parts.series = path.find(record: record, document: document)
    }
    if case .object(let path) = fields.labels {
      parts.labels = path.find(record: record, document: document)
    }
    switch fields.values {
    case .value(let path), .fields(let path):
      parts.value = path.find(record: record, document: document)
    }
    return parts
  }

  /// - Returns: false where the record has no name.
  private func startSeries(_ element: JSONElement?, _ writer: inout PointWriter) -> Bool {
    if case .fixed(var name) = fields.series {
      name.withUTF8 { writer.startName($0) }
      return true
    }
    guard let name = element?.string, name.count > 0 else { return false }
    writer.startName(name)
    return true
  }

  private func setLabels(
    _ object: JSONElement?, _ record: JSONElement, _ document: JSONElement,
    _ writer: inout PointWriter
  ) -> Bool {
    guard case .paths(let paths) = fields.labels else {
      return writer.setLabels(object)
    }
    writer.removeLabels()
    return addLabels(paths[...], record, document, &writer)
  }

  /// Recursive, because the names of all labels have to stay in place until they are sealed.
  private func addLabels(
    _ paths: ArraySlice<JSONFields.LabelPath>, _ record: JSONElement, _ document: JSONElement,
    _ writer: inout PointWriter
  ) -> Bool {
    guard let label = paths.first else { return writer.sealLabels() }
    var name = label.name
    return name.withUTF8 { name in
      if let value = label.path.find(record: record, document: document) {
        guard writer.addLabel(name: name, value) else { return false }
      }
      return addLabels(paths.dropFirst(), record, document, &writer)
    }
  }

  private func append(
    _ element: JSONElement, at time: Milliseconds, _ writer: inout PointWriter,
    into batch: inout PointBatch
  ) {
    switch reading(element) {
    case .number(let value):
      writer.append(kind: .gauge, time: time, value: value, into: &batch)
    case .missing: writer.countMissing()
    case .notFinite: writer.drop(.notFinite)
    case .boolean, .other: writer.drop(.notAMetric)
    }
  }

  private func appendMembers(
    _ object: JSONElement, at time: Milliseconds, _ writer: inout PointWriter,
    into batch: inout PointBatch
  ) {
    let mark = writer.nameMark
    var members = object.members
    while let (field, element) = members.next() {
      let reading = reading(element)
      switch reading {
      // Other members beside numbers are comments, not mistakes.
      case .boolean, .other: continue
      case .number, .missing, .notFinite:
        if !field.equals("value") { writer.extendName(field) }
        append(element, at: time, &writer, into: &batch)
        writer.truncateName(to: mark)
      }
    }
  }

  /// The reading with the options applied.
  private func reading(_ element: JSONElement) -> Reading {
    let reading = element.reading
    switch reading {
    case .boolean(let flag) where hasBooleans: return .number(flag ? 1 : 0)
    case .other where hasNumericStrings:
      switch element.string.flatMap(parseDecimal) {
      case .number(let value): return .number(value)
      case .notFinite: return .notFinite
      case nil: return .other
      }
    case .number, .missing, .notFinite, .boolean, .other: return reading
    }
  }
}
