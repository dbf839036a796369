import TimeSeries

extension MetricFormat {
  static let collectdJSON = MetricFormat(
    name: "collectd_json", description: "collectd's JSON, as write_kafka and write_http send it",
    options: [.requireTimestamp, .storeRates]
  ) { options, limits in
    JSONMessageDecoder(CollectdJSONDecoder(options), limits: limits)
  }
}

/// An array of value lists: `values`, `dstypes`, `dsnames`, `time`, `interval`, `host`, `plugin`,
/// `plugin_instance`, `type`, `type_instance`.
///
/// The series is `plugin[.type][.dsname]`, without the type where it repeats the plugin and
/// without a data source `value`; host and instances are labels.
///
/// collectd names a data source `derive` or `counter` also where `StoreRates`, which write_kafka
/// has on by default, has made a rate of it; nothing in the message tells, so an option does.
struct CollectdJSONDecoder: JSONDocumentDecoder {
  private let valuesAreRates: Bool

  init(_ options: FormatOptions) {
    valuesAreRates = options.storeRates ?? true
  }

  func decode(_ root: JSONElement, _ writer: inout PointWriter, into batch: inout PointBatch) {
    guard root.isArray else { return decodeList(root, &writer, into: &batch) }
    var elements = root.elements
    while let list = elements.next() { decodeList(list, &writer, into: &batch) }
  }

  private struct ValueList {
    var values: JSONElement?
    var types: JSONElement?
    var names: JSONElement?
    var time: JSONElement?
    var interval: JSONElement?
    var host: JSONElement?
    var plugin: JSONElement?
    var pluginInstance: JSONElement?
    var type: JSONElement?
    var typeInstance: JSONElement?

    init(_ object: JSONElement) {
      var members = object.members
      while let (key, value) = members.next() {
        if key.equals("values") {
          values = value
        } else if key.equals("dstypes") {
          types = value
        } else if key.equals("dsnames") {
          names = value
        } else if key.equals("time") {
          time = value
        } else if key.equals("interval") {
          interval = value
        } else if key.equals("host") {
          host = value
        } else if key.equals("plugin") {
          plugin = value
        } else if key.equals("plugin_instance") {
          pluginInstance = value
        } else if key.equals("type") {
          type = value
        } else if key.equals("type_instance") {
          typeInstance = value
        }
      }
    }
  }

  private func decodeList(
    _ element: JSONElement, _ writer: inout PointWriter, into batch: inout PointBatch
  ) {
    guard element.isObject else { return writer.drop(.malformed) }
    let list = ValueList(element)
    // A notification, for one, has none of these.
    guard let values = list.values, values.isArray, let plugin = list.plugin?.string,
      let type = list.type?.string, plugin.count > 0
    else { return writer.drop(.notAMetric) }
    guard setLabels(list, &writer) else { return }
    guard let time = writer.time(list.time, .auto) else { return }
    writer.startName(plugin)
    if !type.isEmpty && !type.elementsEqual(plugin) { writer.extendName(type) }
    appendValues(values, of: list, at: time, &writer, into: &batch)
  }

  private func setLabels(_ list: ValueList, _ writer: inout PointWriter) -> Bool {
    writer.removeLabels()
    return add("host", list.host, &writer)
      && add("plugin_instance", list.pluginInstance, &writer)
      && add("type_instance", list.typeInstance, &writer) && writer.sealLabels()
  }

  private func add(
    _ name: StaticString, _ value: JSONElement?, _ writer: inout PointWriter
  ) -> Bool {
    guard let value else { return true }
    return writer.addLabel(
      name: Bytes(start: name.utf8Start, count: name.utf8CodeUnitCount), value)
  }

  private func appendValues(
    _ values: JSONElement, of list: ValueList, at time: Milliseconds,
    _ writer: inout PointWriter, into batch: inout PointBatch
  ) {
    let mark = writer.nameMark
    var values = values.elements
    var types = list.types?.elements
    var names = list.names?.elements
    while let element = values.next() {
      let type = types?.next()?.string
      let name = names?.next()?.string
      switch element.reading {
      case .number(let number):
        guard let (kind, value) = reading(number, type: type, interval: list.interval) else {
          writer.drop(.malformed)
          continue
        }
        if let name, !name.equals("value") { writer.extendName(name) }
        writer.append(kind: kind, time: time, value: value, into: &batch)
        writer.truncateName(to: mark)
      case .missing: writer.countMissing()
      case .notFinite: writer.drop(.notFinite)
      case .boolean, .other: writer.drop(.malformed)
      }
    }
  }

  /// Nil where the type is none of collectd's, or an `absolute` has no interval to divide by.
  private func reading(
    _ number: Double, type: Bytes?, interval: JSONElement?
  ) -> (ValueKind, Double)? {
    guard let type else { return nil }
    if type.equals("gauge") { return (.gauge, number) }
    if type.equals("derive") || type.equals("counter") {
      return (valuesAreRates ? .gauge : .counter, number)
    }
    guard type.equals("absolute") else { return nil }
    if valuesAreRates { return (.gauge, number) }
    // Counted since the reading before, hence a rate once divided by the interval.
    guard case .number(let seconds)? = interval?.reading, seconds > 0 else { return nil }
    return (.gauge, number / seconds)
  }
}
