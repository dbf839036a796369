package import TimeSeries

/// Whose record it is.
package struct RecordSeries: Sendable, Equatable {
  /// The canonical series key.
  package var key: String
  package var name: String
  /// Sorted by name.
  package var labels: [SeriesKey.Label]
  package var stream: String
}

/// A forecast record as a subscriber reads it.
package struct ForecastRecord: Sendable, Equatable {
  package var series: RecordSeries
  /// End of the last closed bucket when the forecast was made.
  package var time: Milliseconds
  /// From one forecast bucket to the next.
  package var step: Milliseconds
  package var horizon: Int
  package var quantiles: [Double]
  /// Shape: `[horizon, quantiles]`, row-major; NaN where the record has null.
  package var values: [Double]
  package var modelVersion: Int
  /// Who made it: `network`, a baseline, or both.
  package var forecaster: String
  package var isWarming: Bool

  /// - Throws: where the bytes are not a forecast record: another topic's, or a newer version's.
  package init(decoding bytes: UnsafeRawBufferPointer) throws(RecordError) {
    let parser = JSONParser(capacity: max(bytes.count, 1))
    defer { withExtendedLifetime(parser) {} }
    let record = try RecordReader(bytes, parser)
    series = try record.series()
    time = try record.integer("time")
    step = try record.integer("step")
    horizon = Int(try record.integer("horizon"))
    quantiles = try numbers(try record.member("quantiles"), "quantiles")
    modelVersion = Int(try record.integer("model"))
    forecaster = try record.string("forecaster")
    isWarming = try record.flag("warming")
    values = []
    var rowCount = 0
    var rows = try record.member("values").elements
    while let row = rows.next() {
      let row = try numbers(row, "values")
      guard row.count == quantiles.count else { throw .wrongField(name: "values") }
      values += row
      rowCount += 1
    }
    guard rowCount == horizon else { throw .wrongField(name: "values") }
  }
}

extension AnomalyRecord {
  /// - Throws: where the bytes are not an anomaly record: another topic's, or a newer version's.
  package static func decode(
    _ bytes: UnsafeRawBufferPointer
  ) throws(RecordError) -> (RecordSeries, AnomalyRecord) {
    let parser = JSONParser(capacity: max(bytes.count, 1))
    defer { withExtendedLifetime(parser) {} }
    let record = try RecordReader(bytes, parser)
    guard let kind = Kind(rawValue: try record.string("kind")) else {
      throw .wrongField(name: "kind")
    }
    guard let severity = Severity(rawValue: try record.string("severity")) else {
      throw .wrongField(name: "severity")
    }
    var anomaly = AnomalyRecord(
      time: try record.integer("time"), kind: kind, severity: severity,
      observed: try record.numberOrNull("observed"),
      expected: try record.numberOrNull("expected"),
      score: try record.numberOrNull("score") ?? .nan,
      modelVersion: Int(try record.integer("model")))
    if !(try record.member("direction").isNull) {
      guard let direction = Direction(rawValue: try record.string("direction")) else {
        throw .wrongField(name: "direction")
      }
      anomaly.direction = direction
    }
    let interval = try record.member("interval")
    if !interval.isNull {
      let bounds = try numbers(interval, "interval")
      guard bounds.count == 2 else { throw .wrongField(name: "interval") }
      anomaly.interval = Interval(low: bounds[0], high: bounds[1])
    }
    return (try record.series(), anomaly)
  }
}

/// Why bytes are not the record they were taken for.
package enum RecordError: Error, Sendable, Equatable, CustomStringConvertible {
  case notJSON
  case wrongField(name: String)

  package var description: String {
    switch self {
    case .notJSON: "the record is not JSON: check that the topic is one of the daemon's outputs"
    case .wrongField(let name):
      """
      the record has no field '\(name)' as docs/records.md specifies it: check that the topic is \
      the right one, and that this program is not older than the daemon that wrote it
      """
    }
  }
}

/// The members of one record, by name.
struct RecordReader {
  let root: JSONElement

  /// - Precondition: the parser outlives the record, since it owns what elements point to.
  init(_ bytes: UnsafeRawBufferPointer, _ parser: JSONParser) throws(RecordError) {
    guard case .success(let root) = parser.parse(bytes.bindMemory(to: UInt8.self)) else {
      throw .notJSON
    }
    self.root = root
  }

  func member(_ name: StaticString) throws(RecordError) -> JSONElement {
    guard let member = root.member(name) else { throw .wrongField(name: name.description) }
    return member
  }

  func string(_ name: StaticString) throws(RecordError) -> String {
    guard let text = try member(name).string else {
      throw .wrongField(name: name.description)
    }
    return String(decoding: text, as: UTF8.self)
  }

  func integer(_ name: StaticString) throws(RecordError) -> Int64 {
    guard let integer = try member(name).integer else {
      throw .wrongField(name: name.description)
    }
    return integer
  }

  func flag(_ name: StaticString) throws(RecordError) -> Bool {
    guard case .boolean(let flag) = try member(name).reading else {
      throw .wrongField(name: name.description)
    }
    return flag
  }

  func numberOrNull(_ name: StaticString) throws(RecordError) -> Double? {
    switch try member(name).reading {
    case .number(let number): return number
    case .missing: return nil
    case .notFinite, .boolean, .other: throw .wrongField(name: name.description)
    }
  }

  func series() throws(RecordError) -> RecordSeries {
    let labels = try member("labels")
    guard labels.isObject else { throw .wrongField(name: "labels") }
    var series = RecordSeries(
      key: try string("series"), name: try string("name"), labels: [],
      stream: try string("stream"))
    var members = labels.members
    while let (name, value) = members.next() {
      guard let value = value.string else { throw .wrongField(name: "labels") }
      series.labels.append(
        SeriesKey.Label(
          name: String(decoding: name, as: UTF8.self),
          value: String(decoding: value, as: UTF8.self)))
    }
    return series
  }
}

/// The numbers of an array, NaN for null.
private func numbers(
  _ array: JSONElement, _ name: String
) throws(RecordError) -> [Double] {
  guard array.isArray else { throw .wrongField(name: name) }
  var numbers: [Double] = []
  var elements = array.elements
  while let element = elements.next() {
    switch element.reading {
    case .number(let number): numbers.append(number)
    case .missing: numbers.append(.nan)
    case .notFinite, .boolean, .other: throw .wrongField(name: name)
    }
  }
  return numbers
}
