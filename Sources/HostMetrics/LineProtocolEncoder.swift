/// Appends host samples as Influx line protocol: `cpu,cpu=cpu-total,host=a usage_user=1.5 1700…`.
///
/// - Source: InfluxDB line protocol reference, "Special characters": in tag keys, tag values and
///   field keys a comma, an equals sign and a space are escaped with a backslash. Line breaks and
///   tabs, for which it has no way, become `\n`, `\r` and `\t` as in Telegraf's serializer.
package struct LineProtocolEncoder {
  package init() {}

  /// Samples without a field or with only non-finite floats leave no line, for line protocol has no
  /// way to write them.
  package func append(_ sample: HostSample, to bytes: inout [UInt8]) {
    let fields = sample.fields.filter(Self.isRepresentable)
    guard !fields.isEmpty else { return }
    bytes.append(contentsOf: sample.measurement.rawValue.utf8)
    for tag in sample.tags {
      let value = Self.withoutTrailingBackslashes(tag.value)
      // Line protocol has no empty tag values: the tag is as good as absent.
      guard !value.isEmpty else { continue }
      bytes.append(UInt8(ascii: ","))
      Self.appendEscaped(tag.key, to: &bytes)
      bytes.append(UInt8(ascii: "="))
      Self.appendEscaped(value, to: &bytes)
    }
    var separator = UInt8(ascii: " ")
    for field in fields {
      bytes.append(separator)
      separator = UInt8(ascii: ",")
      Self.appendEscaped(field.name, to: &bytes)
      bytes.append(UInt8(ascii: "="))
      switch field.value {
      case .integer(let value):
        bytes.append(contentsOf: String(value).utf8)
        bytes.append(UInt8(ascii: "i"))
      case .float(let value):
        bytes.append(contentsOf: value.description.utf8)
      }
    }
    bytes.append(UInt8(ascii: " "))
    bytes.append(contentsOf: String(sample.timestampNanoseconds).utf8)
    bytes.append(UInt8(ascii: "\n"))
  }

  private static func isRepresentable(_ field: HostSample.Field) -> Bool {
    switch field.value {
    case .integer: true
    case .float(let value): value.isFinite
    }
  }

  private static func appendEscaped(_ text: String, to bytes: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: " "):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
      case UInt8(ascii: "\r"): bytes.append(contentsOf: #"\r"#.utf8)
      case UInt8(ascii: "\t"): bytes.append(contentsOf: #"\t"#.utf8)
      default: bytes.append(byte)
      }
    }
  }

  /// A backslash at the end would escape the delimiter after it, so Telegraf drops it, and we too.
  private static func withoutTrailingBackslashes(_ text: String) -> String {
    var text = text
    while text.last == "\\" { text.removeLast() }
    return text
  }
}
