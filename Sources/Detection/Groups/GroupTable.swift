package import TimeSeries

/// The groups of a stream's series, and the incidents in which several series of one group take part.
///
/// An incident of a group opens when so many of its series open incidents within a short time that
/// chance would have it less often than the budget of one series allows. It closes when most of them
/// have ended. All follows from the order of the verdicts, and is the same however steps are batched.
package struct GroupTable: Sendable, Equatable {
  private let budget: AlarmBudget
  private let pace: GroupPace
  /// The number of each row's group; -1 for none.
  private var groupOfRow: [Int32] = []
  var groups: [SeriesGroup] = []
  private var numbers: [[UInt8]: Int32] = [:]
  /// The numbers of groups that have no series any more.
  private var free: [Int32] = []
  /// Openings that an incident of a group accounts for, so that they do not count against their series.
  /// They are taken back before the steps of a later time, wherever batches end.
  var refunds: [Refund] = []

  struct Refund: Sendable, Equatable {
    var row: Int32
    var time: Milliseconds
  }

  package init(budget: AlarmBudget, pace: GroupPace) {
    self.budget = budget
    self.pace = pace
  }

  var rowCount: Int { groupOfRow.count }

  // MARK: - Members

  /// Puts a row into the group with this key; `nil` takes it out of all groups.
  package mutating func setGroup(_ key: [UInt8]?, ofRow row: Int) {
    if groupOfRow.count <= row {
      guard key != nil else { return }
      groupOfRow.append(contentsOf: repeatElement(-1, count: row + 1 - groupOfRow.count))
    }
    if let former = group(ofRow: row) { leave(former, row) }
    guard let key else { return }
    let number = numbers[key] ?? free.popLast() ?? Int32(groups.count)
    if number == Int32(groups.count) {
      groups.append(SeriesGroup(key: key))
    } else if groups[Int(number)].memberCount == 0 {
      groups[Int(number)] = SeriesGroup(key: key)
    }
    numbers[key] = number
    groupOfRow[row] = number
    groups[Int(number)].memberCount += 1
  }

  private mutating func leave(_ group: Int, _ row: Int) {
    groups[group].remove(row: Int32(row))
    refunds.removeAll { $0.row == Int32(row) }
    groupOfRow[row] = -1
    guard groups[group].memberCount == 0 else { return }
    numbers[groups[group].key] = nil
    free.append(Int32(group))
  }

  /// The group of a row.
  package func group(ofRow row: Int) -> Int? {
    row < groupOfRow.count && groupOfRow[row] >= 0 ? Int(groupOfRow[row]) : nil
  }

  package func key(ofGroup group: Int) -> [UInt8] { groups[group].key }

  /// When the incident opened in which the row takes part, with others of its group.
  package func openedAt(ofRow row: Int) -> Milliseconds? {
    guard let group = group(ofRow: row) else { return nil }
    return groups[group].incidents.last { $0.has(row: Int32(row)) }?.openedAt
  }

  // MARK: - Verdicts

  /// The rows whose openings do not count against them, as far as they opened before `time`; each is
  /// named once for each opening.
  package mutating func takeRefunds(before time: Milliseconds) -> [Int] {
    guard refunds.contains(where: { $0.time < time }) else { return [] }
    let rows = refunds.filter { $0.time < time }.map { Int($0.row) }
    refunds.removeAll { $0.time < time }
    return rows
  }

  /// Takes a verdict with which an incident of a series opens, changes or closes.
  ///
  /// - Returns: what happens to the incidents of its group.
  package mutating func take(
    _ verdict: AnomalyVerdict, row: Int, time: Milliseconds
  ) -> [GroupVerdict] {
    guard let group = group(ofRow: row), let event = verdict.event else { return [] }
    var verdicts: [GroupVerdict] = []
    let member = GroupMember(verdict, row: Int32(row), time: time)
    switch event {
    case .open: if let opened = open(member, group, time) { verdicts.append(opened) }
    case .update: if let updated = update(member, group, time) { verdicts.append(updated) }
    case .close: groups[group].close(row: Int32(row))
    }
    // Series that were forgotten may have been the last of an incident.
    while let over = groups[group].incidents.firstIndex(where: \.isOver) {
      verdicts.append(self.verdict(.close, groups[group].incidents.remove(at: over), group))
    }
    return verdicts
  }

  private mutating func open(
    _ member: GroupMember, _ group: Int, _ time: Milliseconds
  ) -> GroupVerdict? {
    if let number = groups[group].incidents.lastIndex(where: { takes(time, $0) }) {
      refund(member, time)
      return groups[group].incidents[number].take(member, at: time)
        ? verdict(.update, groups[group].incidents[number], group) : nil
    }
    groups[group].forget(before: time - pace.window)
    groups[group].recent.removeAll { $0.row == member.row }
    groups[group].recent.append(member)
    let recent = groups[group].recent
    let isAlarm =
      recent.count > 1
      && groups[group].alarmsPerWeek(
        of: recent.count, budget: budget, pace: pace, at: time) < budget.perWeek
    guard isAlarm else {
      groups[group].openings.note(1, at: time, week: pace.week)
      return nil
    }
    // What the others have opened belongs to this incident, and is no chance.
    groups[group].openings.note(-Double(recent.count - 1), at: time, week: pace.week)
    groups[group].strictness.open(at: time, budget: budget, week: pace.week)
    for known in recent { refund(known, time) }
    let incident = GroupIncident(openedAt: time, members: recent)
    groups[group].incidents.append(incident)
    groups[group].recent.removeAll()
    return verdict(.open, incident, group)
  }

  /// Silence costs nothing, so nothing is given back for it.
  private mutating func refund(_ member: GroupMember, _ time: Milliseconds) {
    if member.evidence != .silent { refunds.append(Refund(row: member.row, time: time)) }
  }

  /// Whether an opening now belongs to the incident.
  private func takes(_ time: Milliseconds, _ incident: GroupIncident) -> Bool {
    time - incident.openedAt <= pace.window || time - incident.newestJoin <= 3 * pace.interval
  }

  private mutating func update(
    _ member: GroupMember, _ group: Int, _ time: Milliseconds
  ) -> GroupVerdict? {
    if let known = groups[group].recent.firstIndex(where: { $0.row == member.row }) {
      groups[group].recent[known].strengthen(by: member)
    }
    guard
      let number = groups[group].incidents.lastIndex(where: { $0.has(row: member.row) }),
      groups[group].incidents[number].take(member, at: time)
    else { return nil }
    return verdict(.update, groups[group].incidents[number], group)
  }

  private func verdict(
    _ event: AnomalyVerdict.Event, _ incident: GroupIncident, _ group: Int
  ) -> GroupVerdict {
    GroupVerdict(
      group: group, event: event, openedAt: incident.openedAt, severity: incident.severity,
      members: incident.ranked(step: pace.interval), memberCount: groups[group].memberCount)
  }
}
