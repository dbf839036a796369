package import MetricFormats
import Replay
package import TimeSeries

/// Recorded series in memory, as their files have them.
package struct History: Sendable {
  package struct Series: Sendable {
    package var key: [UInt8]
    package var kind: ValueKind
    /// In the order of the files, which need not be the order of time.
    package var times: [Milliseconds] = []
    package var values: [Double] = []
    /// False where the files only number their rows; times are indexes then.
    package var hasTimes = true
    /// Indexes of the files that have points of the series, ascending.
    package var files: [Int] = []

    package init(key: [UInt8], kind: ValueKind, hasTimes: Bool = true) {
      self.key = key
      self.kind = kind
      self.hasTimes = hasTimes
    }

    package var name: String { String(decoding: key, as: UTF8.self) }
  }

  /// In the order of their first points.
  package internal(set) var series: [Series] = []
  package internal(set) var fileCount = 0
  /// Values that are empty or not finite.
  package internal(set) var missingValueCount = 0
  /// Rows, lines and single values that could not be read.
  package internal(set) var unusableCount = 0

  /// Reads files of any kind that `replay` takes.
  ///
  /// - Parameters:
  ///   - paths: files, or directories of files.
  ///   - lineFormat: of files that are not tables.
  /// - Throws: where a file cannot be read, or there is no series in any.
  package init(paths: [String], lineFormat: InputFormat = .auto) throws(BacktestError) {
    do throws(ReplayError) {
      let files = try ReplayFile.find(paths)
      var indexes: [[UInt8]: Int] = [:]
      for (number, file) in files.enumerated() {
        var reader = HistoryReader(file: file, lineFormat: lineFormat)
        while try reader.next() {
          take(reader.batch, hasTimes: reader.hasTimes, file: number, &indexes)
        }
      }
      fileCount = files.count
    } catch {
      throw .file("\(error)")
    }
    guard series.contains(where: { !$0.times.isEmpty }) else { throw .noSeries }
  }

  /// Steps that the series of a test table reach beyond their past.
  package internal(set) var testLength: Int?

  package init(series: [Series]) { self.series = series }

  package var pointCount: Int { series.reduce(0) { $0 + $1.times.count } }

  private mutating func take(
    _ batch: PointBatch, hasTimes: Bool, file: Int, _ indexes: inout [[UInt8]: Int]
  ) {
    missingValueCount += batch.missingValueCount
    for drop in batch.drops {
      if drop.reason == .notFinite { missingValueCount += 1 } else { unusableCount += 1 }
    }
    for point in batch.points {
      let start = Int(point.keyStart)
      let key = Array(batch.keyBytes[start..<start + Int(point.keyLength)])
      let index: Int
      if let known = indexes[key] {
        index = known
      } else {
        index = series.count
        indexes[key] = index
        series.append(Series(key: key, kind: point.kind, hasTimes: hasTimes))
      }
      // A series cannot have both times and numbers of rows.
      guard series[index].hasTimes == hasTimes else {
        unusableCount += 1
        continue
      }
      if series[index].files.last != file { series[index].files.append(file) }
      series[index].times.append(point.time)
      series[index].values.append(point.value)
    }
  }
}
