import TimeSeries

extension Worker {
  /// Forgets series that have been silent for too long, and renews what the others have in common, where
  /// a record has made this due. It happens between two records, and before anything else that does.
  mutating func keepUp() {
    for slot in partitions.indices
    where partitions[slot].needsUpkeep && !partitions[slot].hasDueBuckets {
      for series in partitions[slot].keepUp() {
        log.debug(
          "series forgotten",
          [
            "series": String(decoding: series.key, as: UTF8.self), "stream": series.stream,
            "partition": "\(partitions[slot].id)", "reason": series.reason.rawValue,
            "newest": series.newestTime.map { "\($0)" } ?? "none",
          ])
      }
    }
  }
}
