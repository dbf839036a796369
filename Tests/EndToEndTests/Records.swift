// The records of docs/records.md as a subscriber sees them, with none of the daemon's code.

struct ForecastRecord: Decodable {
  let series: String
  let time: Int64
  let step: Int64
  let horizon: Int
  let quantiles: [Double]
  let values: [[Double?]]
  let model: Int
  let warming: Bool

  var origin: Origin { Origin(series: series, time: time) }
}

struct AnomalyRecord: Decodable {
  let series: String
  let time: Int64
  let incident: String
  let event: String
  let kind: String
  let observed: Double?
  let expected: Double?
  let score: Double

  var origin: Origin { Origin(series: series, time: time) }
}

struct ReportRecord: Decodable {
  let model: Int
  let champion: Int?
  let adopted: Bool
  let trainedThrough: Int64
  let evaluatedFrom: Int64
  let digest: String
}

/// Which forecast it is: of which series, made at which step.
struct Origin: Hashable, Comparable, CustomStringConvertible {
  let series: String
  let time: Int64

  var description: String { "\(series)@\(time)" }

  static func < (one: Origin, other: Origin) -> Bool {
    (one.time, one.series) < (other.time, other.series)
  }
}

/// What differs between what should have been read and what was.
struct Comparison: CustomStringConvertible {
  let missing: [Origin]
  let repeated: [Origin]
  let unexpected: [Origin]

  init(expected: Set<Origin>, found: [Origin]) {
    var counts: [Origin: Int] = [:]
    for origin in found { counts[origin, default: 0] += 1 }
    missing = expected.filter { counts[$0] == nil }.sorted()
    repeated = counts.filter { $0.value > 1 }.map(\.key).sorted()
    unexpected = counts.keys.filter { !expected.contains($0) }.sorted()
  }

  var isExact: Bool { missing.isEmpty && repeated.isEmpty && unexpected.isEmpty }

  var description: String {
    [("missing", missing), ("repeated", repeated), ("unexpected", unexpected)].map {
      "\($1.count) \($0)" + ($1.isEmpty ? "" : " (\($1.prefix(5).map(\.description)) …)")
    }.joined(separator: ", ")
  }
}
