import CSimdjson
import TimeSeries

/// A value inside the document that was parsed last.
struct JSONElement {
  var raw: CSimdjsonElement

  var type: CSimdjsonType { csimdjson_type(raw) }
  var isObject: Bool { type == .object }
  var isArray: Bool { type == .array }
  var isNull: Bool { type == .null }

  /// The text without escapes.
  var string: Bytes? {
    type == .string ? text : nil
  }

  /// The members of an object; none for everything else.
  var members: JSONMembers { JSONMembers(self) }

  /// The elements of an array; none for everything else.
  var elements: JSONElements { JSONElements(self) }

  /// The first member of that name, if this is an object that has one.
  func member(_ name: StaticString) -> JSONElement? {
    member(Bytes(start: name.utf8Start, count: name.utf8CodeUnitCount))
  }

  func member(_ name: Bytes) -> JSONElement? {
    guard isObject, let base = name.baseAddress else { return nil }
    var found = raw
    return csimdjson_member(raw, base, name.count, &found) ? JSONElement(raw: found) : nil
  }

  /// - Precondition: the element is a string or a key.
  fileprivate var text: Bytes {
    Bytes(start: csimdjson_string(raw), count: Int(csimdjson_string_length(raw)))
  }

  /// The element as a reading of a metric.
  var reading: Reading {
    switch type {
    case .double: .number(csimdjson_double(raw))
    case .int64: .number(Double(csimdjson_int64(raw)))
    case .uInt64: .number(Double(csimdjson_uint64(raw)))
    case .null: .missing
    case .true: .boolean(true)
    case .false: .boolean(false)
    case .string: isNotFiniteMark ? .notFinite : .other
    default: .other
    }
  }

  /// Whether the string is the mark for NaN or a number beyond Float64 (`repairedNumbers`).
  private var isNotFiniteMark: Bool {
    let text = self.text
    return text.count == 1 && text[0] == 0
  }

  /// The integer, if it is one of 64 bits.
  var integer: Int64? { type == .int64 ? csimdjson_int64(raw) : nil }

  /// The digits of an integer, which Float64 might not hold.
  var integerText: String? {
    switch type {
    case .int64: csimdjson_int64(raw).description
    case .uInt64: csimdjson_uint64(raw).description
    default: nil
    }
  }

  /// The time that the element states; nil where it is no time at all or out of range.
  func time(_ unit: TimestampUnit) -> Milliseconds? {
    switch type {
    case .int64: unit.milliseconds(csimdjson_int64(raw))
    case .uInt64: nil
    case .double: unit.milliseconds(csimdjson_double(raw))
    case .string: unit.milliseconds(text)
    default: nil
    }
  }
}

/// An element in the place of a metric's number.
enum Reading {
  case number(Double)
  /// Null: known to be missing.
  case missing
  case notFinite
  case boolean(Bool)
  /// Text or structure.
  case other
}

struct JSONMembers {
  private var position: CSimdjsonElement
  private let end: Int

  init(_ object: JSONElement) {
    position = object.raw
    position.index = csimdjson_begin(object.raw)
    end = object.isObject ? csimdjson_end(object.raw) : 0
  }

  mutating func next() -> (key: Bytes, value: JSONElement)? {
    guard position.index < end else { return nil }
    let key = JSONElement(raw: position).text
    position.index += 1
    let value = JSONElement(raw: position)
    position.index = csimdjson_next(position)
    return (key, value)
  }
}

struct JSONElements {
  private var position: CSimdjsonElement
  private let end: Int

  init(_ array: JSONElement) {
    position = array.raw
    position.index = csimdjson_begin(array.raw)
    end = array.isArray ? csimdjson_end(array.raw) : 0
  }

  mutating func next() -> JSONElement? {
    guard position.index < end else { return nil }
    let element = JSONElement(raw: position)
    position.index = csimdjson_next(position)
    return element
  }
}

extension Bytes {
  /// Byte-wise equality with a literal.
  func equals(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount, let base = baseAddress else { return false }
    for index in 0..<count where base[index] != text.utf8Start[index] { return false }
    return true
  }
}
