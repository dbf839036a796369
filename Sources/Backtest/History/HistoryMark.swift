import MetricFormats
package import TimeSeries

/// A place in a history, found for each group of files separately.
package enum HistoryMark: Sendable, Equatable {
  /// Steps of the interval after the first; in a table without gaps the row, from 0.
  case row(Int)
  case time(Milliseconds)
  /// Share of the rows, 0…1.
  case share(Double)

  /// The row of a group at this place; it may be after the group's end.
  func row(in group: HistoryGroup) -> Int {
    switch self {
    case .row(let row): row
    case .time(let time):
      // The first row that is not before it.
      Int((time - group.firstTime + group.interval - 1) / group.interval)
    case .share(let share): Int((Double(group.rowCount) * share).rounded())
    }
  }
}

extension HistoryMark: CustomStringConvertible {
  /// Reads a row (`11520`), a share (`20%`) or a time (`2017-10-24`, `2017-10-24T00:00:00Z`).
  package init?(_ text: String) {
    if let row = Int(text) {
      guard row >= 0 else { return nil }
      self = .row(row)
    } else if text.hasSuffix("%") {
      guard let percent = Double(text.dropLast()), (0...100).contains(percent) else { return nil }
      self = .share(percent / 100)
    } else {
      guard let time = TimestampUnit.milliseconds(ofDateTime: text) else { return nil }
      self = .time(time)
    }
  }

  package var description: String {
    switch self {
    case .row(let row): "\(row)"
    case .time(let time): TimeText.text(time)
    case .share(let share):
      // Shares are given in whole percents, or nearly.
      (share * 100).rounded() == share * 100 ? "\(Int(share * 100))%" : "\(share * 100)%"
    }
  }
}
