import Detection
import TimeSeries

extension PartitionState {
  /// Takes up what the control topic says, and records the offset.
  ///
  /// - Precondition: nothing is uncommitted, if the sink is transactional.
  mutating func takeUp(_ newest: ControlSet) {
    use(newest)
    if let last = events.last, last.offset == nextOffset, last.kind.isControl {
      events.removeLast()
    }
    events.append(PartitionEvent(offset: nextOffset, kind: .control(end: newest.end)))
    keepEvents()
    hasUncommitted = true
  }

  /// Replaces feedback and maintenance windows.
  ///
  /// - Precondition: nothing is uncommitted, if the sink is transactional.
  mutating func use(_ set: ControlSet) {
    let hadWindows = !control.windows.isEmpty
    control = set
    let index = index
    for number in streams.indices {
      let settings = streams[number].settings
      streams[number].anomalies.feedback.replace(set.feedback) {
        index.row(of: $0, stream: number)
      }
      if hadWindows || !set.windows.isEmpty {
        let windows = PlannedWindows(set.windows).of(stream: settings.name)
        streams[number].plan(settings.planned + windows.windows)
      }
    }
  }

  /// Finds the series that have feedback anew, after an abort has changed rows.
  mutating func placeFeedback() {
    guard !control.feedback.isEmpty else { return }
    let index = index
    for number in streams.indices {
      streams[number].anomalies.feedback.place { index.row(of: $0, stream: number) }
    }
  }

  var seriesWithFeedbackCount: Int {
    streams.reduce(0) { $0 + $1.anomalies.feedback.seriesCount }
  }

  /// What a snapshot keeps of the control topic.
  var controlRecords: ControlRecords {
    ControlRecords(end: control.end, sources: control.entries.map(\.source))
  }
}

extension SeriesIndex {
  /// The row of a series, if it is known and belongs to the stream.
  fileprivate func row(of series: [UInt8], stream: Int) -> Int? {
    series.withUnsafeBytes { key in
      find(key).flatMap { Int($0.stream) == stream ? Int($0.row) : nil }
    }
  }
}
