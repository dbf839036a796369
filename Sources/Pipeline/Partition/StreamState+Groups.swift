import Detection
import Forecasting
import MetricFormats
import TimeSeries

// The groups of a stream's series (`group_by`).

extension StreamState {
  /// Puts a series into the group that its labels name.
  mutating func joinGroup(key: [UInt8], row: Int) {
    guard let grouping = settings.grouping else { return }
    groups.setGroup(grouping.group(of: SeriesKey(canonical: key)), ofRow: row)
  }

  /// Takes back what openings have cost their series, where an incident of the group accounts for them.
  mutating func refundOpenings(before time: Milliseconds?) {
    guard let time, settings.grouping != nil else { return }
    for row in groups.takeRefunds(before: time) {
      touch(row)
      anomalies.refundOpening(row: row)
      ledger.spend(-1)
    }
  }

  /// Counts the openings, and what they cost of the budget.
  mutating func count(
    _ verdict: AnomalyVerdict, _ groupVerdicts: [GroupVerdict], isEmitted: Bool
  ) {
    let evidence = verdict.evidence ?? .error
    if verdict.isOpening {
      if evidence != .silent { ledger.spend(1) }
      if isEmitted { openings.add(evidence) }
    }
    if groupVerdicts.contains(where: { $0.event == .open }) {
      ledger.spend(1)
      if isEmitted { openings.addGroup() }
    }
  }

  /// The record of what happens to an incident of a group.
  func groupRecord(_ verdict: GroupVerdict, time: Milliseconds) -> GroupRecord {
    let key = groups.key(ofGroup: verdict.group)
    return GroupRecord(
      group: String(decoding: key, as: UTF8.self), labels: settings.grouping?.labels(of: key) ?? [],
      stream: settings.name, time: time,
      incident: AnomalyRecord.identifier(series: key, openedAt: verdict.openedAt),
      event: AnomalyRecord.Event(verdict.event), openedAt: verdict.openedAt,
      severity: verdict.severity == .critical ? .critical : .warning, size: verdict.memberCount,
      count: verdict.members.count, first: verdict.firstMover.map(name) ?? "",
      members: verdict.members.prefix(GroupRecord.membersMaximum).map(member),
      modelVersion: model.version)
  }

  /// The key of a record: the series' own, or its group's.
  func key(of record: OutputBuffer.Record) -> [UInt8] {
    switch record.key {
    case .series(let row): series[row].key
    case .group(let group): groups.key(ofGroup: group)
    }
  }

  private func name(_ member: GroupMember) -> String {
    String(decoding: series[Int(member.row)].key, as: UTF8.self)
  }

  private func member(_ member: GroupMember) -> GroupRecord.Member {
    GroupRecord.Member(
      series: name(member),
      incident: AnomalyRecord.identifier(
        series: series[Int(member.row)].key, openedAt: member.openedAt),
      openedAt: member.openedAt, kind: AnomalyRecord.Kind(member.evidence),
      severity: member.severity == .critical ? .critical : .warning,
      perWeek: member.incidentsPerWeek.isFinite ? member.incidentsPerWeek : nil)
  }
}
