import TimeSeries

extension MetricFormat {
  static let graphite = MetricFormat(
    name: "graphite", description: "Graphite's plaintext lines, with or without tags",
    options: [.timestampUnit, .requireTimestamp]
  ) { options, _ in GraphiteDecoder(options) }
}

/// Lines `path value timestamp`; the path may carry tags, `path;tag=value;…`.
///
/// A timestamp of `-1` or `N`, or none at all, stands for the time of the record.
struct GraphiteDecoder: FormatDecoder {
  private let unit: TimestampUnit

  init(_ options: FormatOptions) {
    unit = options.timestampUnit ?? .seconds
  }

  func decode(
    _ message: RawMessage, _ writer: inout PointWriter, into batch: inout PointBatch
  ) {
    let bytes = message.value.bindMemory(to: UInt8.self)
    let isWholeUTF8 = isUTF8(bytes)
    var lines = TextLines(bytes)
    while let line = lines.next() {
      guard isWholeUTF8 || isUTF8(line) else {
        writer.drop(.malformed)
        continue
      }
      decodeLine(line, &writer, into: &batch)
    }
  }

  private func decodeLine(
    _ line: Bytes, _ writer: inout PointWriter, into batch: inout PointBatch
  ) {
    var words = Words(line)
    guard let path = words.next() else { return }
    guard let number = words.next().flatMap(parseDecimal) else { return writer.drop(.malformed) }
    let timestamp = words.next()
    guard words.next() == nil else { return writer.drop(.malformed) }
    guard case .number(let value) = number else { return writer.drop(.notFinite) }
    guard let time = time(timestamp, &writer), setSeries(path, &writer) else { return }
    writer.append(kind: .gauge, time: time, value: value, into: &batch)
  }

  private func time(_ text: Bytes?, _ writer: inout PointWriter) -> Milliseconds? {
    guard let text, !text.equals("-1"), !text.equals("N") else { return writer.timeOfRecord() }
    // Also whole seconds may come with a fraction.
    let time =
      if let integer = parseInteger(text) {
        unit.milliseconds(integer)
      } else if case .number(let number)? = parseDecimal(text) {
        unit.milliseconds(number)
      } else {
        unit.milliseconds(text)
      }
    if time == nil { writer.drop(.malformed) }
    return time
  }

  private func setSeries(_ path: Bytes, _ writer: inout PointWriter) -> Bool {
    writer.removeLabels()
    var parts = path.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      .makeIterator()
    // A text always has a first part.
    guard let name = parts.next() else { return false }
    while let tag = parts.next() {
      guard let sign = tag.firstIndex(of: UInt8(ascii: "=")), sign > tag.startIndex else {
        writer.drop(.malformed)
        return false
      }
      let isAdded = writer.addLabel(
        name: Bytes(rebasing: tag[..<sign]), value: Bytes(rebasing: tag[(sign + 1)...]))
      guard isAdded else { return false }
    }
    writer.startName(Bytes(rebasing: name))
    return writer.sealLabels()
  }
}
