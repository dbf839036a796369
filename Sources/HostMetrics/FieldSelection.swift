/// The fields of each measurement that a recording keeps.
package struct FieldSelection: Equatable, Sendable {
  private enum Kept: Equatable {
    case all
    case named(Set<String>)
  }

  private var kept: [HostMeasurement: Kept]

  package static let everything = FieldSelection(
    kept: Dictionary(uniqueKeysWithValues: HostMeasurement.allCases.map { ($0, .all) }))

  private init(kept: [HostMeasurement: Kept]) {
    self.kept = kept
  }

  /// - Parameter entries: each `measurement`, `measurement.*` or `measurement.field`; no entry at
  ///   all selects everything.
  /// - Throws: `HostMetricsError.invalidSelection` for an entry that can match nothing.
  package init(parsing entries: [String]) throws(HostMetricsError) {
    guard !entries.isEmpty else {
      self = .everything
      return
    }
    kept = [:]
    for entry in entries {
      let parts = entry.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard parts.count <= 2, let measurement = HostMeasurement(rawValue: parts[0]) else {
        throw .invalidSelection(entry)
      }
      let field = parts.count == 2 ? parts[1] : "*"
      if field == "*" {
        kept[measurement] = .all
      } else if measurement.fieldNames.contains(field) {
        add(field, of: measurement)
      } else {
        throw .invalidSelection(entry)
      }
    }
  }

  private mutating func add(_ field: String, of measurement: HostMeasurement) {
    switch kept[measurement] {
    case .all: break
    case .named(let names): kept[measurement] = .named(names.union([field]))
    case nil: kept[measurement] = .named([field])
    }
  }

  package func contains(_ measurement: HostMeasurement) -> Bool {
    kept[measurement] != nil
  }

  package func contains(_ measurement: HostMeasurement, field: String) -> Bool {
    switch kept[measurement] {
    case .all: true
    case .named(let names): names.contains(field)
    case nil: false
    }
  }
}
