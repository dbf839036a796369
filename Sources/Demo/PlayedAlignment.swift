import MetricFormats
import Pipeline
import TimeSeries

/// Aligns the points of one player; owned by its thread.
struct PlayedAlignment {
  private struct Stream {
    let settings: StreamSettings
    var table: AlignmentTable
    var series: [String] = []
  }

  private var streams: [Stream]
  private var rows: [[UInt8]: (stream: Int, row: Int)] = [:]
  private var watermark = Milliseconds.min
  private var steps: [Step] = []
  private let played: PlayedSteps

  init(streams: [StreamSettings], played: PlayedSteps) {
    self.streams = streams.map {
      Stream(settings: $0, table: AlignmentTable(settings: $0.alignment))
    }
    self.played = played
  }

  mutating func add(_ batch: PointBatch) {
    for point in batch.points {
      let start = Int(point.keyStart)
      let key = Array(batch.keyBytes[start..<start + Int(point.keyLength)])
      guard let (stream, row) = place(of: key) else { continue }
      guard streams[stream].table.screen(time: point.time, latest: .max) == nil else { continue }
      _ = streams[stream].table.add(
        row: row, time: point.time, value: point.value, kind: point.kind, seen: point.time,
        horizon: .max, into: &steps)
      flush(stream: stream)
      watermark = max(watermark, point.time)
      for number in streams.indices {
        streams[number].table.advance(to: watermark, into: &steps)
        flush(stream: number)
      }
    }
  }

  private mutating func place(of key: [UInt8]) -> (stream: Int, row: Int)? {
    if let known = rows[key] { return known }
    guard
      let stream = streams.firstIndex(where: { stream in
        stream.settings.patterns.contains { $0.matches(canonical: key) }
      })
    else { return nil }
    streams[stream].table.appendRow()
    streams[stream].series.append(String(decoding: key, as: UTF8.self))
    let place = (stream, streams[stream].series.count - 1)
    rows[key] = place
    return place
  }

  private mutating func flush(stream: Int) {
    for step in steps { played.record(step, of: streams[stream].series[Int(step.row)]) }
    steps.removeAll(keepingCapacity: true)
  }
}
