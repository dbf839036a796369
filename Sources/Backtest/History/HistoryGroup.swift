package import TimeSeries

/// Series whose rows are counted together, because they share files.
package struct HistoryGroup: Sendable, Equatable {
  package var firstTime: Milliseconds
  package var interval: Milliseconds
  package var rowCount: Int
  /// Index of row 0, where times are indexes; `nil` where they are real.
  package var firstIndex: Int?

  /// The row of the bucket that ends at `end`.
  func row(ofBucketEnd end: Milliseconds) -> Int {
    Int((end - interval - firstTime) / interval)
  }

  /// The beginning of the row's bucket, which is its time in a table.
  func time(ofRow row: Int) -> Milliseconds { firstTime + Milliseconds(row) * interval }

  /// Appends the row's time, or its index, as a table has it.
  func appendTime(ofRow row: Int, to bytes: inout [UInt8]) {
    if let firstIndex {
      bytes.append(contentsOf: (firstIndex + row).description.utf8)
    } else {
      TimeText.append(time(ofRow: row), to: &bytes)
    }
  }

  func timeText(ofRow row: Int) -> String {
    var bytes: [UInt8] = []
    appendTime(ofRow: row, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension HistoryGroup {
  /// - Precondition: the series have points.
  init(series: [History.Series], interval: Milliseconds) {
    var first = Milliseconds.max
    var last = Milliseconds.min
    for entry in series {
      for time in entry.times {
        first = min(first, time)
        last = max(last, time)
      }
    }
    precondition(first <= last, "a group has points")
    firstTime = AlignmentSettings.floor(first, to: interval)
    self.interval = interval
    rowCount =
      Int((AlignmentSettings.floor(last, to: interval) - firstTime) / interval) + 1
  }
}
