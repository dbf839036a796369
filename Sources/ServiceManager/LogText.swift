/// How a record reads as one line, whatever it contains.
///
/// Messages and values come from outside too (series names, broker errors, raw payloads), so
/// nothing in them may end a line, forge a field, or reach a terminal as a control sequence:
/// control characters, line and paragraph separators and marks that reorder text are escaped, and
/// long values cut.
package enum LogText {
  /// More of one value is not written.
  package static let valueBytesMaximum = 2_048

  /// `level=info msg="text" name=value`, after the time where there is one.
  static func logfmt(_ record: LogRecord, time: String?) -> String {
    var line = time.map { "time=\($0) " } ?? ""
    line += "level=\(record.level.name) msg=\(logfmt(.string(record.message)))"
    for field in record.fields {
      line += " \(name(field.name))=\(logfmt(field.value))"
    }
    return line
  }

  /// The message as it is, then the fields in logfmt, for where level and time are kept apart.
  static func plain(_ record: LogRecord) -> String {
    var line = escaped(record.message)
    for field in record.fields {
      line += " \(name(field.name))=\(logfmt(field.value))"
    }
    return line
  }

  /// One JSON object.
  static func json(_ record: LogRecord, time: String?) -> String {
    var line = "{"
    if let time { line += "\"time\":\"\(time)\"," }
    line += "\"level\":\"\(record.level.name)\",\"msg\":\(json(.string(record.message)))"
    for field in record.fields {
      line += ",\"\(name(field.name))\":\(json(field.value))"
    }
    return line + "}"
  }

  /// The value alone, quoted only where it must be.
  package static func logfmt(_ value: LogValue) -> String {
    switch value {
    case .string(let text): quotedIfNeeded(text)
    case .integer(let number): "\(number)"
    }
  }

  /// The value alone, as JSON.
  package static func json(_ value: LogValue) -> String {
    switch value {
    case .string(let text): "\"\(escaped(text))\""
    case .integer(let number): "\(number)"
    }
  }

  /// A field's name of letters, digits, `_`, `.` and `-`, that is not one of the line's own.
  static func name(_ name: String) -> String {
    let safe = String(
      String.UnicodeScalarView(
        name.unicodeScalars.map { scalar in
          let isSafe =
            scalar.isASCII
            && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
          return isSafe || scalar == "_" || scalar == "." || scalar == "-" ? scalar : "_"
        }))
    return safe.isEmpty || ["time", "level", "msg"].contains(safe) ? safe + "_" : safe
  }

  private static func quotedIfNeeded(_ text: String) -> String {
    let safe = escaped(text)
    let isBare =
      !text.isEmpty && safe.utf8.count == text.utf8.count
      && !text.utf8.contains { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "=") }
    return isBare ? text : "\"\(safe)\""
  }

  /// With JSON's escapes, which logfmt readers know too; cut at `valueBytesMaximum` with an
  /// ellipsis.
  private static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var byteCount = 0
    for scalar in text.unicodeScalars {
      byteCount += UTF8.width(scalar)
      guard byteCount <= valueBytesMaximum else {
        result.append("…")
        break
      }
      switch scalar {
      case "\"": result.append(contentsOf: "\\\"".unicodeScalars)
      case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      case _ where isHarmful(scalar):
        let digits = String(scalar.value, radix: 16)
        let zeros = String(repeating: "0", count: 4 - digits.count)
        result.append(contentsOf: "\\u\(zeros)\(digits)".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// All of them are in the basic plane, so four hexadecimal digits do.
  private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F: true  // control characters, C1 among them
    case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // direction of text
    case 0x2028, 0x2029, 0xFEFF: true  // separators, byte order mark
    default: false
    }
  }
}
