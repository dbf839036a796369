import TimeSeries

extension MetricFormat {
  static let telegrafJSON = MetricFormat(
    name: "telegraf_json", description: "Telegraf's JSON, one metric or a batch",
    options: [.timestampUnit, .requireTimestamp, .booleans]
  ) { options, limits in
    JSONMessageDecoder(TelegrafJSONDecoder(options), limits: limits)
  }
}

/// `{"fields":{…},"name":…,"tags":{…},"timestamp":…}`, or many of them under `metrics`.
struct TelegrafJSONDecoder: JSONDocumentDecoder {
  private let unit: TimestampUnit
  private let hasBooleans: Bool

  init(_ options: FormatOptions) {
    unit = options.timestampUnit ?? .auto
    hasBooleans = options.booleans ?? false
  }

  func decode(_ root: JSONElement, _ writer: inout PointWriter, into batch: inout PointBatch) {
    if let metrics = root.member("metrics"), metrics.isArray {
      decodeAll(metrics, &writer, into: &batch)
    } else if root.isArray {
      decodeAll(root, &writer, into: &batch)
    } else {
      decodeMetric(root, &writer, into: &batch)
    }
  }

  private func decodeAll(
    _ metrics: JSONElement, _ writer: inout PointWriter, into batch: inout PointBatch
  ) {
    var elements = metrics.elements
    while let metric = elements.next() { decodeMetric(metric, &writer, into: &batch) }
  }

  private func decodeMetric(
    _ metric: JSONElement, _ writer: inout PointWriter, into batch: inout PointBatch
  ) {
    guard metric.isObject else { return writer.drop(.malformed) }
    var name: JSONElement?
    var fields: JSONElement?
    var tags: JSONElement?
    var timestamp: JSONElement?
    var members = metric.members
    while let (key, value) = members.next() {
      if key.equals("fields") {
        fields = value
      } else if key.equals("name") {
        name = value
      } else if key.equals("tags") {
        tags = value
      } else if key.equals("timestamp") {
        timestamp = value
      }
    }
    guard let name = name?.string, name.count > 0, let fields, fields.isObject else {
      return writer.drop(.notAMetric)
    }
    guard setLabels(tags, &writer), let time = time(timestamp, unit, &writer) else { return }
    writer.startName(name)
    appendFields(fields, at: time, hasBooleans: hasBooleans, &writer, into: &batch)
  }
}

/// The time an element states, or its record's where the element is absent or null.
func time(
  _ element: JSONElement?, _ unit: TimestampUnit, _ writer: inout PointWriter
) -> Milliseconds? {
  guard let element, !element.isNull else { return writer.timeOfRecord() }
  guard let time = element.time(unit) else {
    writer.drop(.malformed)
    return nil
  }
  return time
}

/// Takes an object's members as the labels; none where it is absent.
func setLabels(_ object: JSONElement?, _ writer: inout PointWriter) -> Bool {
  writer.removeLabels()
  guard let object, !object.isNull else { return true }
  guard object.isObject else {
    writer.drop(.malformed)
    return false
  }
  var members = object.members
  while let (name, value) = members.next() {
    guard addLabel(name, value, &writer) else { return false }
  }
  return writer.sealLabels()
}

/// Text as it is, numbers and booleans as their text, null as an absent label.
func addLabel(_ name: Bytes, _ value: JSONElement, _ writer: inout PointWriter) -> Bool {
  if let text = value.string { return writer.addLabel(name: name, value: text) }
  switch value.reading {
  case .missing: return true
  case .boolean(let flag): return writer.addLabel(name: name, scalar: flag ? "true" : "false")
  case .number(let number):
    return writer.addLabel(name: name, scalar: value.integerText ?? number.description)
  case .notFinite, .other:
    writer.drop(.malformed)
    return false
  }
}

/// Appends a point for every number of an object of fields; the series is the name plus the
/// field's, except for a field `value`, which stands for the name itself.
///
/// - Precondition: labels and name are set.
func appendFields(
  _ fields: JSONElement, at time: Milliseconds, hasBooleans: Bool, _ writer: inout PointWriter,
  into batch: inout PointBatch
) {
  let mark = writer.nameMark
  var members = fields.members
  while let (field, element) = members.next() {
    let value: Double
    switch element.reading {
    case .number(let number): value = number
    case .boolean(let flag) where hasBooleans: value = flag ? 1 : 0
    case .missing:
      writer.countMissing()
      continue
    case .notFinite:
      writer.drop(.notFinite)
      continue
    case .boolean, .other: continue
    }
    if !field.equals("value") { writer.extendName(field) }
    writer.append(kind: .gauge, time: time, value: value, into: &batch)
    writer.truncateName(to: mark)
  }
}
