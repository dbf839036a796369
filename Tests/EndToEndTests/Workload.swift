import Glibc
import TestSupport

/// Twenty series with a season, noise and a few spikes, in two formats.
///
/// Series 0 to 9 come as Telegraf JSON, 10 to 19 as Influx line protocol; a step is five messages
/// without keys, so that a series' points are scattered over the partitions.
struct Workload {
  static let interval: Int64 = 10_000
  static let seasonSteps = 30
  static let seriesCount = 20
  private static let messages = [0..<4, 4..<7, 7..<10, 10..<15, 15..<20]

  /// Start of the first bucket.
  let start: Int64
  /// Series and steps with a value far from the others'.
  let spikes: Set<Place>

  struct Place: Hashable {
    let series: Int
    let step: Int
  }

  /// - Parameter stepCount: steps that there will be; their end is half an hour ago, so that no
  ///   clock closes a bucket and what is expected depends on the data alone.
  init(stepCount: Int, spikes: Set<Place> = []) {
    let now = Int64(time(nil)) * 1_000 - 1_800_000
    start = (now - Int64(stepCount) * Self.interval) / Self.interval * Self.interval
    self.spikes = spikes
  }

  static func key(_ series: Int) -> String {
    series < 10 ? "cpu.usage,host=host-\(series)" : "mem.used,host=host-\(series)"
  }

  func value(_ place: Place) -> Double {
    let phase = Double(place.series) / Double(Self.seriesCount)
    let season = sin(2 * .pi * (Double(place.step) / Double(Self.seasonSteps) + phase))
    var random = SplitMix(seed: UInt64(place.series) << 32 | UInt64(place.step))
    let noise = (0..<4).reduce(0.0) { sum, _ in sum + random.uniform() - 0.5 }
    let value = 50 + Double(place.series) + 10 * season + noise
    return spikes.contains(place) ? value + 80 : value
  }

  func messages(ofStep step: Int) -> [String] {
    let seconds = (start + Int64(step) * Self.interval) / 1_000 + 3
    return Self.messages.map { range in
      if range.lowerBound < 10 {
        let metrics = range.map { series in
          """
          {"fields":{"usage":\(value(Place(series: series, step: step)))},"name":"cpu",\
          "tags":{"host":"host-\(series)"},"timestamp":\(seconds)}
          """
        }
        return "{\"metrics\":[\(metrics.joined(separator: ","))]}"
      }
      return range.map { series in
        "mem,host=host-\(series) used=\(value(Place(series: series, step: step))) "
          + "\(seconds)000000000"
      }.joined(separator: "\n")
    }
  }

  /// The end of a step's bucket.
  func end(ofStep step: Int) -> Int64 { start + Int64(step + 1) * Self.interval }

  /// Every forecast that `stepCount` steps lead to: of each series, from the second step on (a
  /// spread needs two values) to the last that is closed. A bucket is closed 5 s after its end, and
  /// points are 3 s after their bucket's start, so two steps stay open.
  func origins(stepCount: Int) -> Set<Origin> {
    var origins: Set<Origin> = []
    for series in 0..<Self.seriesCount {
      for step in 1..<(stepCount - 2) {
        origins.insert(Origin(series: Self.key(series), time: end(ofStep: step)))
      }
    }
    return origins
  }

  func origin(_ place: Place) -> Origin {
    Origin(series: Self.key(place.series), time: end(ofStep: place.step))
  }
}
