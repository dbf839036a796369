package import TimeSeries

/// A duration as people write it: a number and a unit, `250ms`, `10s`, `5m`, `1h`, `7d`.
package struct ConfiguredDuration: Decodable, Sendable, Equatable, CustomStringConvertible {
  package var milliseconds: Milliseconds

  package init(milliseconds: Milliseconds) { self.milliseconds = milliseconds }

  private static let units: [(suffix: String, milliseconds: Milliseconds)] = [
    ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]

  package init?(_ text: String) {
    guard let unit = Self.units.first(where: { text.hasSuffix($0.suffix) }),
      let number = Int64(text.dropLast(unit.suffix.count)), number >= 0
    else { return nil }
    let (product, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
    if overflow { return nil }
    milliseconds = product
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let duration = ConfiguredDuration(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription:
          "'\(text)' is not a duration: write a whole number and a unit, such as 250ms, 10s, 5m, 1h or 7d"
      )
    }
    self = duration
  }

  package var description: String {
    let unit = Self.units.last { milliseconds % $0.milliseconds == 0 } ?? ("ms", 1)
    return milliseconds == 0 ? "0s" : "\(milliseconds / unit.milliseconds)\(unit.suffix)"
  }
}
