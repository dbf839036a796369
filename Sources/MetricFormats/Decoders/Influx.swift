import TimeSeries

extension MetricFormat {
  static let influx = MetricFormat(
    name: "influx", description: "InfluxDB's line protocol",
    options: [.timestampUnit, .requireTimestamp, .booleans]
  ) { options, limits in InfluxDecoder(options, limits: limits) }
}

/// Lines `measurement,tag=value,… field=value,… timestamp`.
struct InfluxDecoder: FormatDecoder {
  private let unit: TimestampUnit
  private let hasBooleans: Bool
  /// Texts of the message at hand with their escapes removed, together no longer than it.
  private let unescaped: ByteScratch

  init(_ options: FormatOptions, limits: DecoderLimits) {
    unit = options.timestampUnit ?? .nanoseconds
    hasBooleans = options.booleans ?? false
    unescaped = ByteScratch(capacity: limits.messageByteCountMaximum)
  }

  func decode(
    _ message: RawMessage, _ writer: inout PointWriter, into batch: inout PointBatch
  ) {
    let bytes = message.value.bindMemory(to: UInt8.self)
    let isWholeUTF8 = isUTF8(bytes)
    var scanner = InfluxScanner(bytes: bytes, unescaped: unescaped)
    while scanner.skipToLine() {
      let start = scanner.position
      let count = batch.points.count
      var reason = decodeLine(&scanner, &writer, into: &batch)
      if reason != nil { scanner.skipRestOfLine() }
      if !isWholeUTF8, !isUTF8(Bytes(rebasing: bytes[start..<scanner.position])) {
        reason = .malformed
      }
      if let reason {
        writer.removePoints(from: count, of: &batch)
        writer.drop(reason)
      }
    }
  }

  /// Appends the line's points; when it returns a reason, they are to be taken back.
  private func decodeLine(
    _ scanner: inout InfluxScanner, _ writer: inout PointWriter, into batch: inout PointBatch
  ) -> DropReason? {
    writer.removeLabels()
    guard let name = scanner.text(until: .endOfName), name.count > 0 else { return .malformed }
    while scanner.take(UInt8(ascii: ",")) {
      guard let tag = scanner.text(until: .equalsSign), tag.count > 0,
        scanner.take(UInt8(ascii: "=")), let value = scanner.text(until: .endOfTag)
      else { return .malformed }
      guard writer.addLabel(name: tag, value: value) else { return .oversized }
    }
    guard writer.sealLabels() else { return .oversized }
    guard scanner.skipBlanks() else { return .malformed }
    writer.startName(name)

    let count = batch.points.count
    let mark = writer.nameMark
    repeat {
      guard let field = scanner.text(until: .equalsSign), field.count > 0,
        scanner.take(UInt8(ascii: "=")), let value = scanner.fieldValue()
      else { return .malformed }
      guard let number = number(value, &writer) else { continue }
      if !field.equals("value") { writer.extendName(field) }
      // The time comes at the end of the line and is filled in then.
      writer.append(kind: .gauge, time: 0, value: number, into: &batch)
      writer.truncateName(to: mark)
    } while scanner.take(UInt8(ascii: ","))
    return setTime(from: count, &scanner, &writer, of: &batch)
  }

  private func number(_ value: InfluxValue, _ writer: inout PointWriter) -> Double? {
    switch value {
    case .number(let number): return number
    case .boolean(let flag): return hasBooleans ? (flag ? 1 : 0) : nil
    case .string: return nil
    case .notFinite:
      writer.drop(.notFinite)
      return nil
    }
  }

  private func setTime(
    from count: Int, _ scanner: inout InfluxScanner, _ writer: inout PointWriter,
    of batch: inout PointBatch
  ) -> DropReason? {
    let time: Milliseconds
    _ = scanner.skipBlanks()
    if scanner.isAtEndOfLine {
      guard count < batch.points.count else { return nil }
      guard let recordTime = writer.timeOfRecord() else { return .noTimestamp }
      time = recordTime
    } else {
      guard let stated = scanner.word().flatMap(parseInteger).flatMap({ unit.milliseconds($0) })
      else { return .malformed }
      _ = scanner.skipBlanks()
      guard scanner.isAtEndOfLine else { return .malformed }
      time = stated
    }
    for index in count..<batch.points.count { batch.points[index].time = time }
    return nil
  }
}
