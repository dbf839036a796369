extension AnomalyRecord {
  /// - Throws: where the bytes are not an anomaly record: another topic's, or another version's.
  package static func decode(
    _ bytes: UnsafeRawBufferPointer
  ) throws(RecordError) -> (RecordSeries, AnomalyRecord) {
    let parser = JSONParser(capacity: max(bytes.count, 1))
    defer { withExtendedLifetime(parser) {} }
    let record = try RecordReader(bytes, parser)
    let time = try record.integer("time")
    var anomaly = AnomalyRecord(
      time: time, incident: try record.string("incident"),
      event: try record.word("event"), openedAt: try record.integer("opened"),
      kind: try record.word("kind"), severity: try record.word("severity"),
      observed: try record.numberOrNull("observed"),
      expected: try record.numberOrNull("expected"),
      deviation: try record.numberOrNull("deviation"),
      season: try record.numberOrNull("season"),
      score: try record.numberOrNull("score") ?? .nan,
      perWeek: try record.numberOrNull("per_week"),
      modelVersion: Int(try record.integer("model")))
    if let group = record.root.member("group_incident"), !group.isNull {
      anomaly.groupIncident = try record.string("group_incident")
    }
    if !(try record.member("ending").isNull) { anomaly.ending = try record.word("ending") }
    if !(try record.member("direction").isNull) {
      anomaly.direction = try record.word("direction")
    }
    var evidence = try record.member("evidence").members
    while let (name, share) = evidence.next() {
      let kind = Kind(rawValue: String(decoding: name, as: UTF8.self))
      if let kind, case .number(let share) = share.reading {
        anomaly.evidence.append(Share(kind: kind, share: share))
      }
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
