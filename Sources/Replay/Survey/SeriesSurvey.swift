import MetricFormats
import Pipeline
import TimeSeries

/// The intervals and lengths of the series in the first megabytes of each file.
struct SeriesSurvey {
  struct Series {
    var interval = SamplingInterval()
    fileprivate var first: Milliseconds = .max
    fileprivate var last: Milliseconds = .min
    /// From the first to the last point, extrapolated where a file was not read to its end.
    fileprivate(set) var span: Milliseconds = 0
  }

  /// Bytes read of each file.
  static let byteCountMaximum = 8 << 20
  static let seriesCountMaximum = 100_000

  /// False where a file only numbers its rows.
  private(set) var hasTimes = true
  /// By canonical key.
  private(set) var series: [[UInt8]: Series] = [:]

  init(files: [ReplayFile], lineFormat: InputFormat) throws(ReplayError) {
    let decoder = LineDecoder(lineFormat)
    for file in files { try survey(file, decoder) }
  }

  private mutating func survey(
    _ file: ReplayFile, _ decoder: LineDecoder
  ) throws(ReplayError) {
    var found: [[UInt8]: Series] = [:]
    let reader = LineReader(path: file.path, byteCount: file.byteCount)
    var block = RecordBlock()
    while reader.consumedByteCount < Self.byteCountMaximum,
      try block.fill(from: reader, file: file, decoder: decoder)
    {
      for point in block.batch.points {
        let start = Int(point.keyStart)
        let key = Array(block.batch.keyBytes[start..<start + Int(point.keyLength)])
        if found[key] == nil, found.count + series.count >= Self.seriesCountMaximum { continue }
        found[key, default: Series()].observe(point.time)
      }
    }
    hasTimes = hasTimes && block.hasTimes
    let share = Double(file.byteCount) / Double(max(reader.consumedByteCount, 1))
    for (key, part) in found {
      var known = series[key] ?? part
      known.span += Milliseconds(Double(part.last - part.first) * share)
      series[key] = known
    }
  }
}

extension SeriesSurvey.Series {
  fileprivate mutating func observe(_ time: Milliseconds) {
    interval.observe(time)
    first = min(first, time)
    last = max(last, time)
  }
}
