/// /proc/loadavg and the files of /proc/pressure.
///
/// - Source: proc_loadavg(5); Linux Documentation/accounting/psi.rst.
package enum LoadStatistics {
  /// Empty when the text does not begin with three numbers.
  package static func averages(parsing text: String) -> [HostSample.Field] {
    let numbers = text.procWords.prefix(3).compactMap { Double($0) }
    guard numbers.count == 3, numbers.allSatisfy(\.isFinite) else { return [] }
    return zip(["load1", "load5", "load15"], numbers).map { .init($0, .float($1)) }
  }

  /// The fields of every line, keyed by its first word, `some` or `full`.
  package static func pressure(
    parsing text: String
  ) -> [(type: String, fields: [HostSample.Field])] {
    text.procLines.compactMap { line in
      let words = line.procWords
      guard let type = words.first, type == "some" || type == "full" else { return nil }
      let fields = words.dropFirst().compactMap(pressureField)
      return fields.isEmpty ? nil : (String(type), fields)
    }
  }

  private static func pressureField(_ word: Substring) -> HostSample.Field? {
    let parts = word.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "avg10", "avg60", "avg300":
      return Double(parts[1]).map { .init(String(parts[0]), .float($0)) }
    case "total":
      return Int64(parts[1]).map { .init("total", .integer($0)) }
    default:
      return nil
    }
  }
}
