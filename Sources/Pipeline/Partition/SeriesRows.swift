import MetricFormats
import TimeSeries

/// Which series has which row of the tables of a stream, which rows are free, and what an abort
/// restores of both.
struct SeriesRows: Sendable {
  /// The parts of a series' records that are encoded once.
  struct Series: Sendable {
    /// The canonical key; empty if the row is free.
    var key: [UInt8]
    /// The beginning of every record about the series.
    var prefix: SeriesPrefix

    init(key: [UInt8]) {
      self.key = key
      prefix = SeriesPrefix(SeriesKey(canonical: key))
    }

    var isFree: Bool { key.isEmpty }
  }

  private struct Saved: Sendable {
    var row: Int
    var series: Series
  }

  private var rows: [Series] = []
  private var free = FreeRows()
  /// The rows that were changed since the last commit, as they were before.
  private var saved: [Saved] = []
  private var committedCount = 0

  /// Number of rows, free ones included.
  var count: Int { rows.count }
  var seriesCount: Int { rows.count - free.count }
  var keys: [[UInt8]] { rows.map(\.key) }

  subscript(row: Int) -> Series { rows[row] }

  /// The row of a new series: the lowest free one, or else a new one, which the tables must append.
  mutating func take(key: [UInt8]) -> (row: Int, isAppended: Bool) {
    precondition(!key.isEmpty, "a series has a name")
    guard let row = free.takeLowest() else {
      append(key: key)
      return (rows.count - 1, true)
    }
    saved.append(Saved(row: row, series: rows[row]))
    rows[row] = Series(key: key)
    return (row, false)
  }

  mutating func release(_ row: Int) {
    saved.append(Saved(row: row, series: rows[row]))
    rows[row] = Series(key: [])
    free.insert(row)
  }

  /// Adds a row of a snapshot.
  ///
  /// - Parameter key: empty if the row is free.
  mutating func append(key: [UInt8]) {
    rows.append(Series(key: key))
    if key.isEmpty { free.insert(rows.count - 1) }
  }

  mutating func commit() {
    saved.removeAll(keepingCapacity: true)
    committedCount = rows.count
  }

  /// - Complexity: O(rows).
  mutating func rollBack() {
    for saved in saved.reversed() { rows[saved.row] = saved.series }
    saved.removeAll(keepingCapacity: true)
    rows.removeLast(rows.count - committedCount)
    free.removeAll()
    for row in rows.indices where rows[row].isFree { free.insert(row) }
  }
}
