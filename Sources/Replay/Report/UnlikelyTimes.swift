package import TimeSeries

/// What a report says of times that can hardly be meant. Files have no record time to compare with.
package struct UnlikelyTimes {
  private struct Finding {
    var seriesCount = 0
    /// Of the first series.
    var example = ""
    var time: Milliseconds = 0
    var pointCount = 0
    var interval: Milliseconds = 0

    mutating func add(_ other: Finding) {
      let count = seriesCount + 1
      if seriesCount == 0 { self = other }
      seriesCount = count
    }
  }

  /// So many points of one series are expected to be in more than one bucket.
  private static let stuckPointsMinimum = 10
  /// 1990 began then. Metrics of computers are hardly older.
  private static let oldBefore: Milliseconds = 631_152_000_000

  private var stuck = Finding()
  private var old = Finding()

  package init() {}

  /// Judges the times of a series. All series are added in a fixed order, so that equal runs have equal
  /// reports.
  ///
  /// - Parameters:
  ///   - first: the oldest time.
  ///   - last: the newest time.
  ///   - alignment: of the series' stream.
  package mutating func add(
    series: String, pointCount: Int, first: Milliseconds, last: Milliseconds,
    alignment: AlignmentSettings
  ) {
    let interval = alignment.interval
    let finding = Finding(
      seriesCount: 1, example: series, time: first, pointCount: pointCount, interval: interval)
    let isInOneBucket =
      AlignmentSettings.floor(first, to: interval) == AlignmentSettings.floor(last, to: interval)
    if pointCount >= Self.stuckPointsMinimum, isInOneBucket, !alignment.closeOnArrival {
      stuck.add(finding)
    }
    if first < Self.oldBefore { old.add(finding) }
  }

  /// One line each; empty if nothing is unlikely.
  package var notices: [String] {
    var lines: [String] = []
    if stuck.seriesCount > 0 {
      lines.append(
        "all \(stuck.pointCount) points of \(stuck.example)\(Self.others(stuck)) are in one bucket "
          + "of \(Self.length(stuck.interval)) at \(Self.text(stuck.time)), so there is no step: is "
          + "timestamp_unit right?")
    }
    if old.seriesCount > 0 {
      lines.append(
        "the times of \(old.example)\(Self.others(old)) begin before 1990, at "
          + "\(Self.text(old.time)): if they are newer, set timestamp_unit")
    }
    return lines
  }

  private static func others(_ finding: Finding) -> String {
    switch finding.seriesCount {
    case 1: ""
    case let count: " (and of \(count - 1) more series)"
    }
  }

  private static func length(_ interval: Milliseconds) -> String {
    interval % 1_000 == 0 ? "\(interval / 1_000) s" : "\(interval) ms"
  }

  private static func text(_ time: Milliseconds) -> String {
    let valid = AlignmentSettings.validTimes
    return TimeText.text(min(max(time, valid.lowerBound), valid.upperBound))
  }
}
