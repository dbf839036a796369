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
      event: try word(record, "event"), openedAt: try record.integer("opened"),
      kind: try word(record, "kind"), severity: try word(record, "severity"),
      observed: try record.numberOrNull("observed"),
      expected: try record.numberOrNull("expected"),
      deviation: try record.numberOrNull("deviation"),
      season: try record.numberOrNull("season"),
      score: try record.numberOrNull("score") ?? .nan,
      perWeek: try record.numberOrNull("per_week"),
      modelVersion: Int(try record.integer("model")))
    if !(try record.member("ending").isNull) { anomaly.ending = try word(record, "ending") }
    if !(try record.member("direction").isNull) {
      anomaly.direction = try word(record, "direction")
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

  private static func word<Word: RawRepresentable>(
    _ record: borrowing RecordReader, _ name: StaticString
  ) throws(RecordError) -> Word where Word.RawValue == String {
    guard let word = Word(rawValue: try record.string(name)) else {
      throw .wrongField(name: "\(name)")
    }
    return word
  }
}
