package import TimeSeries

/// A record of the control topic, by which operators speak to a running daemon; its fields are specified
/// in docs/records.md.
package enum ControlRecord: Sendable, Equatable {
  case feedback(FeedbackRecord)
  case maintenance(MaintenanceRecord)

  /// The key of the Kafka record. A later record with the same key takes the place of an earlier one.
  package var key: String {
    switch self {
    case .feedback(let feedback): feedback.key
    case .maintenance(let window): MaintenanceRecord.key(id: window.id)
    }
  }

  package var json: [UInt8] {
    switch self {
    case .feedback(let feedback): feedback.json
    case .maintenance(let window): window.json
    }
  }
}

/// What somebody who knows says of the incidents of a series.
package struct FeedbackRecord: Sendable, Equatable {
  package enum Label: String, Sendable, CaseIterable {
    case falseAlarm = "false alarm"
    /// There should have been an incident.
    case missed
    /// The incident was right.
    case real
  }

  /// The canonical series key.
  package var series: String
  package var label: Label
  /// The incident that it is about; nil if it is about a time.
  package var incident: String?
  /// The evidence that it is about; empty for all alike.
  package var kinds: [AnomalyRecord.Kind]
  /// The time that it is about; nil if it is about an incident.
  package var from: Milliseconds?
  package var to: Milliseconds?
  /// When it was given, by which its effect fades; nil for the time of the record.
  package var time: Milliseconds?
  package var note: String?

  package init(
    series: String, label: Label, incident: String? = nil, kinds: [AnomalyRecord.Kind] = [],
    from: Milliseconds? = nil, to: Milliseconds? = nil, time: Milliseconds? = nil,
    note: String? = nil
  ) {
    self.series = series
    self.label = label
    self.incident = incident
    self.kinds = kinds
    self.from = from
    self.to = to
    self.time = time
    self.note = note
  }

  package static let keyPrefix = "feedback/"

  package var key: String {
    if let incident { return Self.key(incident: incident) }
    return Self.key(series: series, from: from ?? 0)
  }

  package static func key(incident: String) -> String { keyPrefix + incident }

  package static func key(series: String, from: Milliseconds) -> String {
    "\(keyPrefix)\(series)@\(from)"
  }

  package var json: [UInt8] {
    var text = JSONText()
    text.append(#"{"type":"feedback","label":"#)
    text.appendString(label.rawValue.utf8)
    text.append(#","series":"#)
    text.appendString(series.utf8)
    text.appendMember(#","incident":"#, incident)
    text.append(#","kinds":["#)
    for (number, kind) in kinds.enumerated() {
      if number > 0 { text.append(",") }
      text.appendString(kind.rawValue.utf8)
    }
    text.append("]")
    text.appendMember(#","from":"#, from)
    text.appendMember(#","to":"#, to)
    text.appendMember(#","time":"#, time)
    text.appendMember(#","note":"#, note)
    text.append("}")
    return text.bytes
  }
}

/// A maintenance window: what is done to the steps within it.
package struct MaintenanceRecord: Sendable, Equatable {
  package var id: String
  package var from: Milliseconds
  package var to: Milliseconds
  /// The stream that it is for; nil for all.
  package var stream: String?
  /// The pattern of the series that it is for; nil for all.
  package var series: String?
  package var effect: PlannedEffect
  /// A recurrence rule of RFC 5545; nil for a window that comes once.
  package var rule: String?
  /// By whose clock it recurs; nil for UTC.
  package var timeZone: String?
  package var summary: String?

  package init(
    id: String, from: Milliseconds, to: Milliseconds, stream: String? = nil,
    series: String? = nil, effect: PlannedEffect = .both, rule: String? = nil,
    timeZone: String? = nil, summary: String? = nil
  ) {
    self.id = id
    self.from = from
    self.to = to
    self.stream = stream
    self.series = series
    self.effect = effect
    self.rule = rule
    self.timeZone = timeZone
    self.summary = summary
  }

  package static let keyPrefix = "maintenance/"

  package static func key(id: String) -> String { keyPrefix + id }

  /// - Parameter zone: the zone of `timeZone`.
  /// - Throws: if the times, the pattern or the rule cannot be a window's.
  package func window(zone: TimeZoneRules) throws(TimeSeriesError) -> PlannedWindow {
    var pattern: SeriesPattern?
    if let series { pattern = try SeriesPattern(series) }
    return try PlannedWindow(
      id: id, from: from, to: to, rule: rule, zone: zone, series: pattern,
      streams: stream.map { [$0] }, effect: effect, summary: summary ?? "")
  }

  package var json: [UInt8] {
    var text = JSONText()
    text.append(#"{"type":"maintenance","id":"#)
    text.appendString(id.utf8)
    text.appendMember(#","from":"#, from)
    text.appendMember(#","to":"#, to)
    text.appendMember(#","stream":"#, stream)
    text.appendMember(#","series":"#, series)
    text.append(#","effect":"#)
    text.appendString(effect.name.utf8)
    text.appendMember(#","rrule":"#, rule)
    text.appendMember(#","time_zone":"#, timeZone)
    text.appendMember(#","summary":"#, summary)
    text.append("}")
    return text.bytes
  }
}

extension JSONText {
  fileprivate mutating func appendMember(_ name: StaticString, _ value: String?) {
    append(name)
    if let value { appendString(value.utf8) } else { append("null") }
  }

  fileprivate mutating func appendMember(_ name: StaticString, _ value: Int64?) {
    append(name)
    if let value { append(value) } else { append("null") }
  }
}
