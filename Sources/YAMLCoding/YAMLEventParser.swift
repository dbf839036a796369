import CYAML

/// An event of libyaml, copied out of its memory.
struct YAMLEvent {
  enum Kind {
    case streamStart
    case streamEnd
    case documentStart
    case documentEnd
    case alias(String)
    case scalar(text: String, isPlain: Bool)
    case sequenceStart
    case sequenceEnd
    case mappingStart
    case mappingEnd
  }

  var kind: Kind
  var mark: YAMLMark
  var anchor: String?
  var tag: String?
}

/// A problem found before there is anything to decode.
struct YAMLSyntaxError: Error {
  var mark: YAMLMark
  var message: String
  var path = YAMLPath()
}

/// Owns one libyaml parser over bytes the caller keeps alive.
struct YAMLEventParser: ~Copyable {
  // libyaml keeps pointers to the parser inside the parser, so it must not move.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let bytes: UnsafeBufferPointer<UInt8>

  /// - Precondition: `bytes` outlives the parser.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(YAMLSyntaxError) {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    guard yaml_parser_initialize(parser) == 1 else {
      parser.deallocate()
      throw YAMLSyntaxError(mark: .start, message: "not enough memory to read the file")
    }
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    self.parser = parser
    self.bytes = bytes
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  mutating func next() throws(YAMLSyntaxError) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
    defer { yaml_event_delete(&event) }
    let mark = YAMLMark(event.start_mark)
    switch event.type {
    case YAML_STREAM_START_EVENT: return YAMLEvent(kind: .streamStart, mark: mark)
    case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, mark: mark)
    case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, mark: mark)
    case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .sequenceEnd, mark: mark)
    case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mappingEnd, mark: mark)
    case YAML_ALIAS_EVENT:
      return YAMLEvent(kind: .alias(text(event.data.alias.anchor) ?? ""), mark: mark)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let value = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return YAMLEvent(
        kind: .scalar(
          text: String(decoding: value, as: UTF8.self),
          isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE),
        mark: mark, anchor: text(scalar.anchor), tag: text(scalar.tag))
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      return YAMLEvent(
        kind: .sequenceStart, mark: mark, anchor: text(start.anchor), tag: text(start.tag))
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      return YAMLEvent(
        kind: .mappingStart, mark: mark, anchor: text(start.anchor), tag: text(start.tag))
    // Only the end of the stream and, after it, YAML_NO_EVENT are left.
    default: return YAMLEvent(kind: .streamEnd, mark: mark)
    }
  }

  private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private func problem() -> YAMLSyntaxError {
    let error = parser.pointee
    let problem = error.problem.map { String(cString: $0) } ?? "cannot be read"
    switch error.error {
    case YAML_MEMORY_ERROR:
      return YAMLSyntaxError(mark: .start, message: "not enough memory to read the file")
    case YAML_READER_ERROR:
      // The reader knows bytes only: it fails before there are lines and columns.
      let value = error.problem_value < 0 ? "" : " (0x\(String(error.problem_value, radix: 16)))"
      return YAMLSyntaxError(
        mark: mark(ofByte: error.problem_offset),
        message: "the file is not valid YAML text: \(problem)\(value)")
    default:
      var message = problem
      if let context = error.context {
        message += " \(String(cString: context))"
        if error.context_mark.line != error.problem_mark.line {
          message += " that starts in line \(error.context_mark.line + 1)"
        }
      }
      if message.contains("cannot start any token") { message += Self.tokenHint }
      return YAMLSyntaxError(mark: YAMLMark(error.problem_mark), message: message)
    }
  }

  private static let tokenHint =
    " (indent with spaces, not tabs; quote texts that begin with @, ` or %)"

  private func mark(ofByte offset: Int) -> YAMLMark {
    var mark = YAMLMark.start
    for byte in bytes.prefix(max(0, offset)) {
      if byte == UInt8(ascii: "\n") {
        mark = YAMLMark(line: mark.line + 1, column: 1)
      } else if byte & 0xC0 != 0x80 {
        mark.column += 1
      }
    }
    return mark
  }
}

extension YAMLMark {
  fileprivate init(_ mark: yaml_mark_t) {
    self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
  }
}
