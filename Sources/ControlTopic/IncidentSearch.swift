package import KafkaClient
package import MetricFormats
package import TimeSeries

/// Finds incidents in the topic of anomalies.
package struct IncidentSearch {
  /// What feedback needs to know of an incident.
  package struct Incident: Sendable, Equatable {
    package var id: String
    /// The canonical series key.
    package var series: String
    package var stream: String
    package var openedAt: Milliseconds
    /// The evidence that it opened with, the strongest first.
    package var kinds: [AnomalyRecord.Kind]

    init(_ series: RecordSeries, _ anomaly: AnomalyRecord) {
      id = anomaly.incident
      self.series = series.key
      stream = series.stream
      openedAt = anomaly.openedAt
      kinds = [anomaly.kind]
      let others = anomaly.evidence.filter { $0.share >= Self.shareMinimum }.map(\.kind)
      kinds += others.filter { $0 != anomaly.kind }
    }

    init(_ member: GroupRecord.Member, stream: String) {
      id = member.incident
      series = member.series
      self.stream = stream
      openedAt = member.openedAt
      kinds = [member.kind]
    }

    /// Evidence with a smaller share would hardly have opened the incident.
    private static let shareMinimum = 0.2
  }

  private let topic: String
  private let scan: TopicScan

  package init(
    in topic: String, _ configuration: KafkaConfiguration, log: @escaping KafkaLogHandler
  ) {
    self.topic = topic
    scan = TopicScan(configuration, log: log)
  }

  /// - Throws: `unknownIncident` if the topic has no record of it.
  package func incident(_ id: String) throws(ControlTopicError) -> Incident {
    guard let found = try incidents(where: { _, anomaly in anomaly.incident == id }).first else {
      throw .unknownIncident(id, topic: topic)
    }
    return found
  }

  /// The incidents of the series that take part in an incident of a group; empty if it is none of a group.
  package func members(ofGroupIncident id: String) throws(ControlTopicError) -> [Incident] {
    var newest: GroupRecord?
    try scan.read(topic) { message in
      guard let value = message.value else { return }
      do throws(RecordError) {
        guard let group = try GroupRecord.decode(value), group.incident == id else { return }
        if group.members.count >= newest?.members.count ?? 0 { newest = group }
      } catch {
        // Records of another version, or another program's.
        return
      }
    }
    guard let newest else { return [] }
    return newest.members.map { Incident($0, stream: newest.stream) }
  }

  /// The incidents of a series that opened within a time.
  package func incidents(
    of series: String, from: Milliseconds, to: Milliseconds
  ) throws(ControlTopicError) -> [Incident] {
    try incidents { $0.key == series && (from...to).contains($1.openedAt) }
  }

  /// Where the record of the opening is gone already, a later one stands for it.
  private func incidents(
    where isMeant: (RecordSeries, AnomalyRecord) -> Bool
  ) throws(ControlTopicError) -> [Incident] {
    var found: [String: (isOpening: Bool, incident: Incident)] = [:]
    try scan.read(topic) { message in
      guard let value = message.value else { return }
      do throws(RecordError) {
        let (series, anomaly) = try AnomalyRecord.decode(value)
        guard isMeant(series, anomaly) else { return }
        let isOpening = anomaly.event == .open
        if let known = found[anomaly.incident], known.isOpening || !isOpening { return }
        found[anomaly.incident] = (isOpening, Incident(series, anomaly))
      } catch {
        // Records of another version, or another program's: they are no incident that is meant.
        return
      }
    }
    return found.values.map(\.incident).sorted { $0.openedAt < $1.openedAt }
  }
}
