package import TimeSeries

// The state of groups in snapshots. A group is named by the row of one of its series.

extension GroupTable {
  package func tensors() -> [ColumnTensor] {
    var states = Column<Double>(width: 6, initial: 0)
    var members = Column<Double>(width: 11, initial: 0)
    var refunded = Column<Int64>(width: 2, initial: 0)
    var rowOfGroup: [Int: Int] = [:]
    for row in 0..<rowCount {
      if let group = group(ofRow: row), rowOfGroup[group] == nil { rowOfGroup[group] = row }
    }
    for (group, row) in rowOfGroup.sorted(by: { $0.key < $1.key }) {
      states.append([Double(row)] + groups[group].numbers)
      for member in groups[group].recent { members.append(member.numbers + Self.alone) }
      for incident in groups[group].incidents {
        for member in incident.members { members.append(member.numbers + incident.numbers) }
      }
    }
    for refund in refunds { refunded.append([Int64(refund.row), refund.time]) }
    guard states.count > 0 else { return [] }
    return [
      ColumnTensor(name: "groups.state", column: states),
      ColumnTensor(name: "groups.members", column: members),
      ColumnTensor(name: "groups.refunds", column: refunded),
    ]
  }

  /// Restores what was known of the groups. The rows have their groups already.
  package mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError) {
    guard tensors["groups.state"] != nil else { return }
    var states = Column<Double>(width: 6, initial: 0)
    var members = Column<Double>(width: 11, initial: 0)
    var refunded = Column<Int64>(width: 2, initial: 0)
    try states.restore(tensors, name: "groups.state")
    try members.restore(tensors, name: "groups.members")
    try refunded.restore(tensors, name: "groups.refunds")
    for number in 0..<states.count {
      let state = states.numbers(number)
      guard let group = group(ofRow: state[0]) else { continue }
      groups[group].restore(Array(state[1...]))
    }
    for number in 0..<members.count {
      let values = members.numbers(number)
      guard let member = GroupMember(numbers: values), let group = group(ofRow: values[0]) else {
        continue
      }
      groups[group].restore(member, incident: Array(values[8...]))
    }
    for number in 0..<refunded.count {
      let row = refunded.elements[2 * number]
      guard group(ofRow: Double(row)) != nil else { continue }
      refunds.append(Refund(row: Int32(row), time: refunded.elements[2 * number + 1]))
    }
  }

  private func group(ofRow number: Double) -> Int? {
    Int(exactly: number).flatMap { $0 >= 0 ? group(ofRow: $0) : nil }
  }

  /// A member that belongs to no incident of its group.
  private static let alone = [-1.0, 0, 0]
}

extension Column<Double> {
  fileprivate mutating func append(_ numbers: [Double]) {
    appendRow()
    elements.replaceSubrange(elements.count - width..<elements.count, with: numbers)
  }

  fileprivate func numbers(_ row: Int) -> [Double] {
    Array(elements[row * width..<(row + 1) * width])
  }
}

extension Column<Int64> {
  fileprivate mutating func append(_ numbers: [Int64]) {
    appendRow()
    elements.replaceSubrange(elements.count - width..<elements.count, with: numbers)
  }
}

extension GroupMember {
  fileprivate var numbers: [Double] {
    [
      Double(row), Double(openedAt), Double(evidence.rawValue), Double(severity.rawValue),
      incidentsPerWeek, score, isOpen ? 1 : 0, 0,
    ]
  }

  fileprivate init?(numbers: [Double]) {
    guard let row = Int32(exactly: numbers[0]), let openedAt = Milliseconds(exactly: numbers[1]),
      let evidence = UInt8(exactly: numbers[2]).flatMap(Evidence.init(rawValue:)),
      let severity = UInt8(exactly: numbers[3]).flatMap(
        AnomalyVerdict.Severity.init(rawValue:))
    else { return nil }
    self.init(
      row: row, openedAt: openedAt, evidence: evidence, severity: severity,
      incidentsPerWeek: numbers[4], score: numbers[5], isOpen: numbers[6] != 0)
  }
}

extension GroupIncident {
  fileprivate var numbers: [Double] {
    [Double(openedAt), Double(newestJoin), Double(reportedCount)]
  }
}

extension SeriesGroup {
  fileprivate var numbers: [Double] { openings.numbers + strictness.numbers }

  fileprivate mutating func restore(_ numbers: [Double]) {
    openings = OpeningRate(numbers: Array(numbers[..<3]))
    strictness = Strictness(numbers: Array(numbers[3...]))
  }

  /// - Parameter incident: its numbers; the first is -1 for a member of none.
  fileprivate mutating func restore(_ member: GroupMember, incident numbers: [Double]) {
    guard let openedAt = Milliseconds(exactly: numbers[0]),
      let newestJoin = Milliseconds(exactly: numbers[1]),
      let reportedCount = Int(exactly: numbers[2]), openedAt != -1
    else {
      recent.append(member)
      return
    }
    if let known = incidents.lastIndex(where: { $0.openedAt == openedAt }),
      !incidents[known].has(row: member.row)
    {
      incidents[known].restore(member)
    } else {
      incidents.append(
        GroupIncident(
          openedAt: openedAt, members: [member], newestJoin: newestJoin,
          reportedCount: reportedCount))
    }
  }
}
