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
    let format = DecimalFormat(
      spread: anomaly.interval.map { $0.high - $0.low } ?? 0, magnitude: anomaly.expected ?? 0)
    var text = JSONText()
    text.append(#","time":"#)
    text.append(anomaly.time)
    text.append(#","kind":"#)
    text.appendString(anomaly.kind.rawValue.utf8)
    text.append(#","severity":"#)
    text.appendString(anomaly.severity.rawValue.utf8)
    text.append(#","direction":"#)
    if let direction = anomaly.direction {
      text.appendString(direction.rawValue.utf8)
    } else {
      text.append("null")
    }
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
    text.append(#","score":"#)
    // A logarithm, to a hundredth.
    text.append(anomaly.score, format: DecimalFormat(spread: 1, magnitude: 0))
    text.append(#","model":"#)
    text.append(Int64(anomaly.modelVersion))
    text.append("}")
    bytes.append(contentsOf: prefix.bytes)
    bytes.append(contentsOf: stream)
    bytes.append(contentsOf: text.bytes)
  }
}
