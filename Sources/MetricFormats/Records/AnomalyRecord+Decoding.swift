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
      let bounds = try RecordReader.numbers(interval, "interval")
      guard bounds.count == 2 else { throw .wrongField(name: "interval") }
      anomaly.interval = Interval(low: bounds[0], high: bounds[1])
    }
    return (try record.series(), anomaly)
  }
}
