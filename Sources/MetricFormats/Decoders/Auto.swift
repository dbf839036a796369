import TimeSeries

extension MetricFormat {
  static let auto = MetricFormat(
    name: "auto", description: "whichever of the formats below a message looks like",
    options: [.requireTimestamp, .booleans, .storeRates]
  ) { options, limits in AutoDecoder(options, limits: limits) }
}

/// Recognizes the format of each message by its shape.
///
/// JSON is told apart by its members, text by its words. Timestamps are read by their magnitude.
struct AutoDecoder: FormatDecoder {
  private var json: JSONMessageDecoder<AutoJSONDecoder>
  private var influx: InfluxDecoder
  private var graphite: GraphiteDecoder

  init(_ options: FormatOptions, limits: DecoderLimits) {
    var options = options
    options.timestampUnit = .auto
    json = JSONMessageDecoder(AutoJSONDecoder(options), limits: limits)
    influx = InfluxDecoder(options, limits: limits)
    graphite = GraphiteDecoder(options)
  }

  mutating func decode(
    _ message: RawMessage, _ writer: inout PointWriter, into batch: inout PointBatch
  ) {
    let bytes = message.value.bindMemory(to: UInt8.self)
    switch bytes.first(where: { $0 > 0x20 }) {
    case UInt8(ascii: "{"), UInt8(ascii: "["): json.decode(message, &writer, into: &batch)
    default:
      switch Self.textFormat(bytes) {
      case .influx: influx.decode(message, &writer, into: &batch)
      case .graphite: graphite.decode(message, &writer, into: &batch)
      case nil: writer.drop(.malformed)
      }
    }
  }

  private enum TextFormat {
    case influx
    case graphite
  }

  /// Decided by the first line that is neither blank nor a comment. In Graphite's lines the second
  /// word is a number and the third one its time; in Influx's lines there is an equals sign after
  /// the first space that no backslash escapes.
  ///
  /// A word and a number alone are not enough: one in some million random messages has such a line,
  /// and as a reading of the record time it would move the watermark past all others.
  private static func textFormat(_ bytes: Bytes) -> TextFormat? {
    var lines = TextLines(bytes)
    while let line = lines.next() {
      guard let first = line.first(where: { $0 > 0x20 }), first != UInt8(ascii: "#") else {
        continue
      }
      var words = Words(line)
      _ = words.next()
      if let second = words.next(), parseDecimal(second) != nil {
        return words.next() == nil ? nil : .graphite
      }
      var isEscaped = false
      for (index, byte) in line.enumerated() {
        if byte == UInt8(ascii: " "), !isEscaped, index > 0 {
          return line[index...].contains(UInt8(ascii: "=")) ? .influx : nil
        }
        isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
      }
      return nil
    }
    return nil
  }
}

/// Tells the JSON formats apart by the members of the first object.
struct AutoJSONDecoder: JSONDocumentDecoder {
  private let telegraf: TelegrafJSONDecoder
  private let collectd: CollectdJSONDecoder
  private let generic: GenericJSONDecoder

  init(_ options: FormatOptions) {
    telegraf = TelegrafJSONDecoder(options)
    collectd = CollectdJSONDecoder(options)
    generic = GenericJSONDecoder(options)
  }

  func decode(_ root: JSONElement, _ writer: inout PointWriter, into batch: inout PointBatch) {
    var elements = root.elements
    let first = root.isArray ? elements.next() : root
    // An empty array holds nothing to tell it by, and nothing to drop.
    guard let first else { return }
    if first.member("metrics") != nil || first.member("fields") != nil {
      telegraf.decode(root, &writer, into: &batch)
    } else if first.member("dstypes") != nil {
      collectd.decode(root, &writer, into: &batch)
    } else if first.member("series") != nil {
      generic.decode(root, &writer, into: &batch)
    } else {
      writer.drop(.malformed)
    }
  }
}
