import TimeSeries

/// Decides by what the points of a series are placed in the points topic: by the series, or by the group
/// to which its stream's `group_by` gives it, so that all series of a group share a partition.
struct PointPlacements {
  private let groupings: [SeriesGrouping?]
  private let isGrouped: Bool
  private var admission: SeriesAdmission
  /// Of series seen lately; a cache, emptied when it is full.
  private var known: [[UInt8]: [UInt8]] = [:]
  private static let seriesMaximum = 1 << 16

  init(streams: [StreamSettings]) {
    groupings = streams.map(\.grouping)
    isGrouped = groupings.contains { $0 != nil }
    admission = SeriesAdmission(streams)
  }

  /// The key of the group; `nil` if the series is placed by its own.
  mutating func placement(of key: ArraySlice<UInt8>) -> [UInt8]? {
    guard isGrouped else { return nil }
    let key = Array(key)
    if let placement = known[key] { return placement.isEmpty ? nil : placement }
    let stream = key.withUnsafeBytes { admission.stream(of: $0) }
    let placement = stream.flatMap { groupings[$0]?.group(of: SeriesKey(canonical: key)) }
    if known.count >= Self.seriesMaximum { known.removeAll() }
    known[key] = placement ?? []
    return placement
  }
}
