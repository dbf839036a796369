package import MetricFormats

/// An entry of `inputs:` — a topic with metrics, and its format.
package struct InputSection: Decodable, Sendable {
  package var topic: String
  package var format: InputFormat
  /// Whether all points of a series are in one partition already, so that no router is needed.
  package var isKeyed: Bool
  /// Whether points that no stream matches go to the dead letters; otherwise they are only counted.
  package var refusesUnmatched: Bool

  enum CodingKeys: String, CodingKey {
    case topic, format, keyed, booleans, json, unmatched
    case requireTimestamp = "require_timestamp"
    case timestampUnit = "timestamp_unit"
    case storeRates = "store_rates"
    case numericStrings = "numeric_strings"
    case messageBytesMaximum = "message_bytes_maximum"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    topic = try container.decode(String.self, forKey: .topic)
    guard !topic.isEmpty else { throw container.impossible(.topic, "is empty") }
    isKeyed = try container.value(.keyed, default: false)
    refusesUnmatched = try container.word(
      .unmatched, default: false, among: ["count": false, "dead_letter": true])
    var options = FormatOptions()
    options.requireTimestamp = try container.decodeIfPresent(Bool.self, forKey: .requireTimestamp)
    options.booleans = try container.decodeIfPresent(Bool.self, forKey: .booleans)
    options.storeRates = try container.decodeIfPresent(Bool.self, forKey: .storeRates)
    options.numericStrings = try container.decodeIfPresent(Bool.self, forKey: .numericStrings)
    if let unit = try container.decodeIfPresent(String.self, forKey: .timestampUnit) {
      guard let known = TimestampUnit(rawValue: unit) else {
        let units = TimestampUnit.allCases.map(\.rawValue).joined(separator: ", ")
        throw container.impossible(.timestampUnit, "'\(unit)' is not one of \(units)")
      }
      options.timestampUnit = known
    }
    options.fields = try container.decodeIfPresent(JSONSection.self, forKey: .json)?.fields
    let bytesMaximum = try container.number(
      .messageBytesMaximum, default: 4 << 20, in: 1_024...(256 << 20))
    let name = try container.value(.format, default: "auto")
    do throws(FormatError) {
      format = try InputFormat(
        name: name, options: options, limits: DecoderLimits(messageByteCountMaximum: bytesMaximum))
    } catch {
      throw container.impossible(.format, "\(error)")
    }
  }
}
