/// A tree of JSON values; objects are shown with sorted keys.
package enum StatusValue: Sendable, Equatable {
  case integer(Int64)
  case string(String)
  case array([StatusValue])
  case object([String: StatusValue])
}

extension StatusValue: Encodable {
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .integer(let value): try value.encode(to: encoder)
    case .string(let value): try value.encode(to: encoder)
    case .array(let values): try values.encode(to: encoder)
    case .object(let members): try members.encode(to: encoder)
    }
  }
}
