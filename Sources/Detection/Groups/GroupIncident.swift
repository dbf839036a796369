import Glibc
package import TimeSeries

/// A series that takes part in an incident of its group, with its own incident.
package struct GroupMember: Sendable, Equatable {
  package var row: Int32
  /// End of the bucket with which the series' incident opened.
  package var openedAt: Milliseconds
  package var evidence: Evidence
  package var severity: AnomalyVerdict.Severity
  /// The least number of incidents in a week that are at least as strong.
  package var incidentsPerWeek: Double
  package var score: Double
  package var isOpen = true

  init(
    row: Int32, openedAt: Milliseconds, evidence: Evidence, severity: AnomalyVerdict.Severity,
    incidentsPerWeek: Double, score: Double, isOpen: Bool
  ) {
    self.row = row
    self.openedAt = openedAt
    self.evidence = evidence
    self.severity = severity
    self.incidentsPerWeek = incidentsPerWeek
    self.score = score
    self.isOpen = isOpen
  }

  init(_ verdict: AnomalyVerdict, row: Int32, time: Milliseconds) {
    self.row = row
    openedAt = verdict.openedAt ?? time
    evidence = verdict.evidence ?? .error
    severity = verdict.severity
    incidentsPerWeek = verdict.incidentsPerWeek
    score = verdict.score
  }

  /// Powers of ten by which the series' own incident is rarer than one in a week, as far as they count.
  var decades: Double {
    incidentsPerWeek.isFinite ? min(max(-log10(max(incidentsPerWeek, 1e-12)), 0), 12) : 0
  }

  mutating func strengthen(by other: GroupMember) {
    severity = max(severity, other.severity)
    if other.incidentsPerWeek < incidentsPerWeek {
      incidentsPerWeek = other.incidentsPerWeek
      evidence = other.evidence
    }
    score = max(score, other.score)
  }
}

/// An incident of a group: series whose own incidents opened together.
struct GroupIncident: Sendable, Equatable {
  let openedAt: Milliseconds
  /// In the order in which they came.
  private(set) var members: [GroupMember]
  /// The place of each row in `members`: all series of a large group may fall silent at once.
  private var places: [Int32: Int] = [:]
  private var openCount = 0
  private(set) var newestJoin: Milliseconds
  private(set) var severity: AnomalyVerdict.Severity
  /// The number of members that the last record had.
  private(set) var reportedCount: Int

  init(
    openedAt: Milliseconds, members: [GroupMember], newestJoin: Milliseconds? = nil,
    reportedCount: Int? = nil
  ) {
    self.openedAt = openedAt
    self.members = members
    self.newestJoin = newestJoin ?? openedAt
    severity = members.lazy.map(\.severity).max() ?? .warning
    self.reportedCount = reportedCount ?? members.count
    index()
  }

  private mutating func index() {
    places = Dictionary(
      zip(members.map(\.row), members.indices), uniquingKeysWith: { _, last in last })
    openCount = members.count { $0.isOpen }
  }

  /// Adds a member of a snapshot.
  mutating func restore(_ member: GroupMember) {
    append(member)
    severity = max(severity, member.severity)
  }

  private mutating func append(_ member: GroupMember) {
    places[member.row] = members.count
    members.append(member)
    if member.isOpen { openCount += 1 }
  }

  func has(row: Int32) -> Bool { places[row] != nil }

  /// Takes a further member, or news of one.
  ///
  /// - Returns: whether that is worth a record: the severity rises, or the members have doubled.
  mutating func take(_ member: GroupMember, at time: Milliseconds) -> Bool {
    if let known = places[member.row] {
      members[known].strengthen(by: member)
      if !members[known].isOpen { openCount += 1 }
      members[known].isOpen = true
    } else {
      append(member)
      newestJoin = time
    }
    guard member.severity > severity || members.count >= 2 * reportedCount else { return false }
    severity = max(severity, member.severity)
    reportedCount = members.count
    return true
  }

  mutating func close(row: Int32) {
    guard let known = places[row], members[known].isOpen else { return }
    members[known].isOpen = false
    openCount -= 1
  }

  mutating func remove(row: Int32) {
    guard has(row: row) else { return }
    members.removeAll { $0.row == row }
    index()
  }

  /// Whether most of the series' own incidents have ended.
  var isOver: Bool { openCount * 2 < members.count || members.isEmpty }

  /// The members, the likeliest origin first: by how rare their own incidents are, less what they came
  /// later than the first.
  ///
  /// - Parameter step: the time that counts as much as a power of ten.
  func ranked(step: Milliseconds) -> [GroupMember] {
    let first = members.lazy.map(\.openedAt).min() ?? openedAt
    func weight(_ member: GroupMember) -> Double {
      member.decades - Double(member.openedAt - first) / Double(step)
    }
    return members.sorted { (weight($0), -$0.row) > (weight($1), -$1.row) }
  }
}

/// What happens to the incident of a group.
package struct GroupVerdict: Sendable {
  /// The number of the group in its table.
  package var group: Int
  package var event: AnomalyVerdict.Event
  package var openedAt: Milliseconds
  package var severity: AnomalyVerdict.Severity
  /// The likeliest origin first.
  package var members: [GroupMember]
  /// Series of the group.
  package var memberCount: Int

  /// The series that moved first.
  package var firstMover: GroupMember? { members.min { $0.openedAt < $1.openedAt } }
  /// The share of the group's series that take part.
  package var share: Double { memberCount > 0 ? Double(members.count) / Double(memberCount) : 0 }
}
