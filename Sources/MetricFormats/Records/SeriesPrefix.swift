package import TimeSeries

/// The beginning of every record of a series, `{"series":…,"name":…,"labels":{…}`, made once and
/// copied into each record.
package struct SeriesPrefix: Sendable {
  package let bytes: [UInt8]

  package init(_ series: SeriesKey) {
    var text = JSONText()
    text.append(#"{"series":"#)
    text.appendString(series.canonical)
    text.append(#","name":"#)
    text.appendString(series.name.utf8)
    text.append(#","labels":{"#)
    for (index, label) in series.labels.enumerated() {
      if index > 0 { text.append(",") }
      text.appendString(label.name.utf8)
      text.append(":")
      text.appendString(label.value.utf8)
    }
    text.append("}")
    bytes = text.bytes
  }
}
