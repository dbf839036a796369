/// A set of generated series with its labels, ready to be written.
package struct GeneratedFixture: Sendable {
  package let specification: FixtureSpecification
  package let series: [GeneratedSeries]

  package init(_ specification: FixtureSpecification) {
    self.specification = specification
    series = (0..<specification.series).map { GeneratedSeries(number: $0, of: specification) }
  }

  /// Writes the values in the format's file, and `labels.csv`, `events.csv` and `README.md`.
  ///
  /// - Throws: `FixtureError.notWritable`; files written before stay.
  package func write(to directory: String, format: FixtureFormat) throws(FixtureError) {
    try FixtureFile.makeDirectory(directory)
    try write(to: directory + "/" + format.fileName) { (sink) throws(FixtureError) in
      try writeMetrics(format, sink)
    }
    try write(to: directory + "/labels.csv") { (sink) throws(FixtureError) in
      try sink(Array(labels.utf8))
    }
    try write(to: directory + "/events.csv") { (sink) throws(FixtureError) in
      try sink(Array(events.utf8))
    }
    try write(to: directory + "/README.md") { (sink) throws(FixtureError) in
      try sink(Array(readme(format).utf8))
    }
  }

  private func write(
    to path: String,
    _ body: (([UInt8]) throws(FixtureError) -> Void) throws(FixtureError) -> Void
  ) throws(FixtureError) {
    let file = try FixtureFile(path: path)
    try body { (bytes) throws(FixtureError) in try file.write(bytes) }
  }

  /// Ordered by time, then by series, as a stream would bring them.
  package func writeMetrics(
    _ format: FixtureFormat, _ sink: ([UInt8]) throws(FixtureError) -> Void
  ) throws(FixtureError) {
    var bytes = Array(format.header.utf8)
    for step in 0..<specification.steps {
      let seconds = specification.seconds(of: step)
      let time = specification.timeText(ofStep: step)
      for line in series {
        guard let value = line.values[step] else { continue }
        format.append(value, of: line, at: seconds, timeText: time, to: &bytes)
      }
      if bytes.count >= 1 << 20 {
        try sink(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    try sink(bytes)
  }

  /// `series,start,end,kind`: the first and the last affected step of every anomaly.
  package var labels: String {
    csv { series in series.anomalies.map { ($0.steps, $0.kind.rawValue) } }
  }

  /// The same for the events that are not anomalies.
  package var events: String {
    csv { series in series.benign.map { ($0.steps, $0.kind.rawValue) } }
  }

  private func csv(_ rows: (GeneratedSeries) -> [(steps: ClosedRange<Int>, kind: String)]) -> String
  {
    var text = "series,start,end,kind\n"
    for line in series {
      for row in rows(line) {
        let start = specification.timeText(ofStep: row.steps.lowerBound)
        let end = specification.timeText(ofStep: row.steps.upperBound)
        text += "\(line.name),\(start),\(end),\(row.kind)\n"
      }
    }
    return text
  }
}
