package import TimeSeries

/// Something that happens to an incident in which several series of one group take part; its fields are
/// specified in docs/records.md.
package struct GroupRecord: Sendable, Equatable {
  /// A series with its own incident.
  package struct Member: Sendable, Equatable {
    package var series: String
    /// The series' own incident.
    package var incident: String
    package var openedAt: Milliseconds
    package var kind: AnomalyRecord.Kind
    package var severity: AnomalyRecord.Severity
    package var perWeek: Double?

    package init(
      series: String, incident: String, openedAt: Milliseconds, kind: AnomalyRecord.Kind,
      severity: AnomalyRecord.Severity, perWeek: Double?
    ) {
      self.series = series
      self.incident = incident
      self.openedAt = openedAt
      self.kind = kind
      self.severity = severity
      self.perWeek = perWeek
    }
  }

  /// The labels that the series of the group have in common, as in a key: `host=web-1`.
  package var group: String
  package var labels: [SeriesKey.Label]
  package var stream: String
  package var time: Milliseconds
  /// The same in all records of the incident.
  package var incident: String
  package var event: AnomalyRecord.Event
  package var openedAt: Milliseconds
  package var severity: AnomalyRecord.Severity
  /// Series of the group.
  package var size: Int
  /// Series that take part.
  package var count: Int
  /// The series whose own incident opened first.
  package var first: String
  /// The likeliest origin first; of many series only the first.
  package var members: [Member]
  package var modelVersion: Int

  /// No record names more members.
  package static let membersMaximum = 50

  package init(
    group: String, labels: [SeriesKey.Label], stream: String, time: Milliseconds,
    incident: String, event: AnomalyRecord.Event, openedAt: Milliseconds,
    severity: AnomalyRecord.Severity, size: Int, count: Int, first: String, members: [Member],
    modelVersion: Int
  ) {
    self.group = group
    self.labels = labels
    self.stream = stream
    self.time = time
    self.incident = incident
    self.event = event
    self.openedAt = openedAt
    self.severity = severity
    self.size = size
    self.count = count
    self.first = first
    self.members = members
    self.modelVersion = modelVersion
  }

  /// The same in a sentence.
  package var text: String {
    let group = group == "*" ? "the stream" : group
    guard event != .close else { return "The series of \(group) are as usual again." }
    var text = "\(count) of \(size) series of \(group) have incidents; \(first) was the first"
    if let origin = members.first?.series, origin != first {
      text += ", and \(origin) is the furthest from what is usual"
    }
    return text + "."
  }
}

extension GroupRecord {
  package var json: [UInt8] {
    var text = JSONText()
    text.append(#"{"group":"#)
    text.appendString(group.utf8)
    text.append(#","labels":{"#)
    for (number, label) in labels.enumerated() {
      if number > 0 { text.append(",") }
      text.appendString(label.name.utf8)
      text.append(":")
      text.appendString(label.value.utf8)
    }
    text.append(#"},"stream":"#)
    text.appendString(stream.utf8)
    text.append(#","time":"#)
    text.append(time)
    text.append(#","incident":"#)
    text.appendString(incident.utf8)
    text.append(#","event":"#)
    text.appendString(event.rawValue.utf8)
    text.append(#","opened":"#)
    text.append(openedAt)
    text.append(#","kind":"group","severity":"#)
    text.appendString(severity.rawValue.utf8)
    text.append(#","size":"#)
    text.append(Int64(size))
    text.append(#","count":"#)
    text.append(Int64(count))
    text.append(#","share":"#)
    text.append(
      size > 0 ? Double(count) / Double(size) : 0, format: DecimalFormat(spread: 1, magnitude: 0))
    text.append(#","first":"#)
    text.appendString(first.utf8)
    text.append(#","members":["#)
    for (number, member) in members.prefix(Self.membersMaximum).enumerated() {
      if number > 0 { text.append(",") }
      write(member, &text)
    }
    text.append(#"],"text":"#)
    text.appendString(self.text.utf8)
    text.append(#","model":"#)
    text.append(Int64(modelVersion))
    text.append("}")
    return text.bytes
  }

  private func write(_ member: Member, _ text: inout JSONText) {
    text.append(#"{"series":"#)
    text.appendString(member.series.utf8)
    text.append(#","incident":"#)
    text.appendString(member.incident.utf8)
    text.append(#","opened":"#)
    text.append(member.openedAt)
    text.append(#","kind":"#)
    text.appendString(member.kind.rawValue.utf8)
    text.append(#","severity":"#)
    text.appendString(member.severity.rawValue.utf8)
    text.append(#","per_week":"#)
    text.append(member.perWeek)
    text.append("}")
  }
}
