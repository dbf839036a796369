/// How many incidents were right, and how many labelled windows were found by one.
///
/// A window is found if an incident opens within it. Rows on probation do not count.
package struct IncidentScore: Sendable, Equatable {
  package private(set) var windows = 0
  package private(set) var found = 0
  package private(set) var incidents = 0
  /// Incidents that open outside of all windows.
  package private(set) var falseIncidents = 0

  package init() {}

  /// - Parameter opens: for each row, whether an incident opens there.
  package mutating func add(opens: [Bool], windows labelled: LabelWindows) {
    precondition(opens.count == labelled.rowCount)
    let rows = opens.indices.filter { opens[$0] && $0 >= labelled.probation }
    let counted = labelled.counted
    windows += counted.count
    found += counted.count { window in rows.contains { window.contains($0) } }
    incidents += rows.count
    falseIncidents += rows.count { row in !counted.contains { $0.contains(row) } }
  }

  package mutating func add(_ other: IncidentScore) {
    windows += other.windows
    found += other.found
    incidents += other.incidents
    falseIncidents += other.falseIncidents
  }

  /// Share of the incidents that are within a window; `nil` without incidents.
  package var precision: Double? {
    incidents > 0 ? Double(incidents - falseIncidents) / Double(incidents) : nil
  }
  /// Share of the windows that were found; `nil` without windows.
  package var recall: Double? { windows > 0 ? Double(found) / Double(windows) : nil }
  /// Harmonic mean of both; 0 if one of them is 0, or there is no incident.
  package var f1: Double? {
    guard let recall else { return nil }
    guard let precision, precision + recall > 0 else { return 0 }
    return 2 * precision * recall / (precision + recall)
  }
}
