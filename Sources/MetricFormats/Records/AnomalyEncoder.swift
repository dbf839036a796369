/// Writes the anomaly records of one stream.
package struct AnomalyEncoder: Sendable {
  private let stream: [UInt8]

  package init(stream: String) {
    var text = JSONText()
    text.append(#","stream":"#)
    text.appendString(stream.utf8)
    self.stream = text.bytes
  }

  /// Appends one record. Expected values are rounded to a hundredth of their interval, observed
  /// values are not rounded.
  package func encode(
    prefix: SeriesPrefix, _ anomaly: AnomalyRecord, into bytes: inout [UInt8]
  ) {
    var text = JSONText()
    writeIncident(anomaly, &text)
    writeValues(anomaly, &text)
    writeEvidence(anomaly, &text)
    if let group = anomaly.groupIncident {
      text.append(#","group_incident":"#)
      text.appendString(group.utf8)
    }
    text.append(#","text":"#)
    text.appendString(AnomalySentence(anomaly).text.utf8)
    text.append(#","model":"#)
    text.append(Int64(anomaly.modelVersion))
    text.append("}")
    bytes.append(contentsOf: prefix.bytes)
    bytes.append(contentsOf: stream)
    bytes.append(contentsOf: text.bytes)
  }

  private func writeIncident(_ anomaly: AnomalyRecord, _ text: inout JSONText) {
    text.append(#","time":"#)
    text.append(anomaly.time)
    text.append(#","incident":"#)
    text.appendString(anomaly.incident.utf8)
    text.append(#","event":"#)
    text.appendString(anomaly.event.rawValue.utf8)
    text.append(#","ending":"#)
    append(anomaly.ending?.rawValue, &text)
    text.append(#","opened":"#)
    text.append(anomaly.openedAt)
    text.append(#","kind":"#)
    text.appendString(anomaly.kind.rawValue.utf8)
    text.append(#","severity":"#)
    text.appendString(anomaly.severity.rawValue.utf8)
    text.append(#","direction":"#)
    append(anomaly.direction?.rawValue, &text)
  }

  private func writeValues(_ anomaly: AnomalyRecord, _ text: inout JSONText) {
    let format = DecimalFormat(
      spread: anomaly.interval.map { $0.high - $0.low } ?? 0, magnitude: anomaly.expected ?? 0)
    text.append(#","observed":"#)
    text.append(anomaly.observed)
    text.append(#","expected":"#)
    text.append(anomaly.expected ?? .nan, format: format)
    text.append(#","interval":"#)
    if let interval = anomaly.interval {
      text.append("[")
      text.append(interval.low, format: format)
      text.append(",")
      text.append(interval.high, format: format)
      text.append("]")
    } else {
      text.append("null")
    }
    text.append(#","deviation":"#)
    text.append(anomaly.deviation ?? .nan, format: Self.hundredths)
    text.append(#","season":"#)
    text.append(anomaly.season ?? .nan, format: format)
  }

  private func writeEvidence(_ anomaly: AnomalyRecord, _ text: inout JSONText) {
    text.append(#","score":"#)
    text.append(anomaly.score, format: Self.tenThousandths)
    text.append(#","per_week":"#)
    text.append(anomaly.perWeek)
    text.append(#","evidence":{"#)
    for (number, share) in anomaly.evidence.enumerated() {
      if number > 0 { text.append(",") }
      text.appendString(share.kind.rawValue.utf8)
      text.append(":")
      text.append(share.share, format: Self.hundredths)
    }
    text.append("}")
  }

  private static let hundredths = DecimalFormat(spread: 1, magnitude: 0)
  private static let tenThousandths = DecimalFormat(spread: 0.01, magnitude: 0)

  private func append(_ word: String?, _ text: inout JSONText) {
    guard let word else { return text.append("null") }
    text.appendString(word.utf8)
  }
}
