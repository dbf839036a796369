/// A tree of JSON values; objects are shown with sorted keys.
package enum StatusValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// NaN and infinities, which JSON has not, are shown as null.
  case number(Double)
  case string(String)
  case array([StatusValue])
  case object([String: StatusValue])
}

extension StatusValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: StatusValue...) { self = .array(elements) }
  package init(nilLiteral: ()) { self = .null }
  package init(dictionaryLiteral elements: (String, StatusValue)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
  }
}

extension StatusValue: Encodable {
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .null: try encode(nil as Bool?, to: encoder)
    case .bool(let value): try encode(value, to: encoder)
    case .integer(let value): try encode(value, to: encoder)
    case .number(let value): try encode(value.isFinite ? value : nil, to: encoder)
    case .string(let value): try encode(value, to: encoder)
    case .array(let values): try values.encode(to: encoder)
    case .object(let members): try members.encode(to: encoder)
    }
  }

  private func encode(_ value: (some Encodable)?, to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value {
      try container.encode(value)
    } else {
      try container.encodeNil()
    }
  }
}
