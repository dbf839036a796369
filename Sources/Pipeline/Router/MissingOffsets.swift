import TimeSeries

/// The partitions of an assignment of which the group has no offset although they have records: they are
/// new, or the group was renamed, or its offsets have expired.
struct MissingOffsets {
  private var partitions: [PartitionID] = []
  private static let namesMaximum = 8

  /// - Parameter log: the offsets that the partition has.
  mutating func note(_ partition: PartitionID, log: Range<Int64>) {
    if !log.isEmpty { partitions.append(partition) }
  }

  /// Warns if the points topic shows that a router has worked before.
  func warn(start: StartOffset, sink: any ChannelSink, log: PipelineLog) {
    guard !partitions.isEmpty, sink.pointsTopicHasRecords() else { return }
    let names = partitions.prefix(Self.namesMaximum).map { "\($0)" }.joined(separator: " ")
    let others = partitions.count - Self.namesMaximum
    let consequence =
      start == .latest
      ? "they are routed from their end, and what came since the last commit is passed over"
      : "they are routed again from their start, and the points that were routed before are `late`"
    log.warning(
      "the router's group has no offset of partitions, but the points topic has records: \(consequence). "
        + "Unless the partitions are new, the group was renamed or its offsets have expired: stop, and "
        + "give it its former name, or set its offsets (kafka-consumer-groups.sh --reset-offsets)",
      ["partitions": others > 0 ? names + " and \(others) more" : names])
  }
}
