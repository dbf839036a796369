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
    guard writer.setLabels(tags), let time = writer.time(timestamp, unit) else { return }
    writer.startName(name)
    writer.appendFields(fields, at: time, hasBooleans: hasBooleans, into: &batch)
  }
}
