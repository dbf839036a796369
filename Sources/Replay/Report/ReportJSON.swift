import FoundationEssentials

/// How the reports of replays and backtests are written as JSON.
package enum ReportJSON {
  /// Names in snake case, members in the order of names, so that equal reports are equal bytes.
  package static func encode(_ document: some Encodable) throws(ReplayError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    do {
      return Array(try encoder.encode(document)) + [UInt8(ascii: "\n")]
    } catch {
      throw .settings("the report cannot be written as JSON: \(error)")
    }
  }
}

extension Double {
  /// JSON can write nothing else; members that are `nil` are absent.
  package var ifFinite: Double? { isFinite ? self : nil }
}
