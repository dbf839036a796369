package import TimeSeries

/// The interval between the points of a series, estimated from its first times.
package struct SamplingInterval {
  private static let differenceCountMaximum = 64
  private static let second: Milliseconds = 1000
  private static let minute = 60 * second
  private static let hour = 60 * minute

  /// The intervals that people sample at.
  static let roundIntervals: [Milliseconds] =
    [1, 2, 5, 10, 15, 20, 30].map { $0 * second } + [1, 2, 5, 10, 15, 20, 30].map { $0 * minute }
    + [1, 2, 3, 4, 6, 8, 12, 24].map { $0 * hour }

  private var last: Milliseconds?
  private var differences: [Milliseconds] = []

  package init() {}

  package mutating func observe(_ time: Milliseconds) {
    defer { last = time }
    guard let last, time != last, differences.count < Self.differenceCountMaximum else { return }
    differences.append(abs(time - last))
  }

  /// The round interval nearest to the median difference; `nil` of fewer than two times.
  package var rounded: Milliseconds? {
    guard !differences.isEmpty else { return nil }
    let median = differences.sorted()[differences.count / 2]
    // The distance of ratios: 90 s is nearer to 2 min than to 1 min.
    return Self.roundIntervals.min { Self.ratio(median, $0) < Self.ratio(median, $1) }
  }

  private static func ratio(_ left: Milliseconds, _ right: Milliseconds) -> Double {
    Double(max(left, right)) / Double(max(min(left, right), 1))
  }

  /// The interval as part of a stream's name: `30s`, `1m`, `1h`, `1d`.
  package static func name(_ interval: Milliseconds) -> String {
    if interval % (24 * hour) == 0 { return "\(interval / (24 * hour))d" }
    if interval % hour == 0 { return "\(interval / hour)h" }
    return interval % minute == 0 ? "\(interval / minute)m" : "\(interval / second)s"
  }
}
