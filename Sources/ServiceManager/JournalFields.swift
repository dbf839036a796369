/// A record in the journal's own form: `journalctl FORECASTD_TOPIC=metrics` then finds it.
package enum JournalFields {
  /// `NAME=value` each; values may hold any byte, since the journal keeps them by length.
  package static func make(_ record: LogRecord) -> [[UInt8]] {
    var fields = [
      Array("MESSAGE=\(LogText.plain(record))".utf8),
      Array("PRIORITY=\(record.level.rawValue)".utf8),
      Array("SYSLOG_IDENTIFIER=forecastd".utf8),
    ]
    for field in record.fields {
      fields.append(Array("FORECASTD_\(name(field.name))=".utf8) + value(field.value))
    }
    return fields
  }

  /// The journal takes capital letters, digits and underscores, at most 64 with the prefix.
  private static func name(_ name: String) -> String {
    let safe = LogText.name(name).uppercased().prefix(54)
    return String(safe.map { $0 == "." || $0 == "-" ? "_" : $0 })
  }

  private static func value(_ value: LogValue) -> [UInt8] {
    switch value {
    case .string(let text): Array(text.utf8.prefix(LogText.valueBytesMaximum))
    case .integer: Array(LogText.logfmt(value).utf8)
    }
  }
}
