/// Which series belong together: those that have the same values of some labels.
package struct SeriesGrouping: Sendable, Equatable {
  /// The names of the labels. Without any, all series are one group.
  package var labels: [String]

  package init(labels: [String]) { self.labels = labels }

  /// The group of a series, in the form of a series key without a name: `host=web-1,rack=3`, and `*`
  /// for the group of all series.
  ///
  /// - Returns: `nil` if the series lacks one of the labels. It belongs to no group then.
  package func group(of key: SeriesKey) -> [UInt8]? {
    guard !labels.isEmpty else { return [UInt8(ascii: "*")] }
    var values: [SeriesKey.Label] = []
    for name in labels {
      guard let value = key[label: name] else { return nil }
      values.append(SeriesKey.Label(name: name, value: value))
    }
    // Without a name the text begins with the comma before the first label.
    return Array(SeriesKey(name: "", labels: values).canonical.dropFirst())
  }

  /// The labels that a group stands for.
  package func labels(of group: [UInt8]) -> [SeriesKey.Label] {
    labels.isEmpty ? [] : SeriesKey(canonical: [UInt8(ascii: ",")] + group).labels
  }
}
