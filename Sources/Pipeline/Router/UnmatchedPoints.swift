import TimeSeries

/// Takes the points that no stream matches out of what the router has decoded, before they wait for
/// their turn and are written to the points topic.
struct UnmatchedPoints {
  private var admission: SeriesAdmission
  private let log: PipelineLog

  init(settings: PipelineSettings, log: PipelineLog) {
    admission = SeriesAdmission(settings.streams)
    self.log = log
  }

  /// Removes the unmatched points from number `first` on, all of which are of one message.
  ///
  /// - Parameter isRefused: whether each becomes a drop, for a dead letter of the message.
  /// - Returns: how many were removed.
  mutating func remove(
    from first: Int, of batch: inout PointBatch, message: InputMessage, partition: PartitionID,
    isRefused: Bool
  ) -> Int {
    var kept = first
    for number in first..<batch.points.count {
      let point = batch.points[number]
      if isMatched(point, batch.keyBytes, offset: message.offset, partition) {
        batch.points[kept] = point
        kept += 1
      } else if isRefused {
        batch.drops.append(Drop(message: point.message, reason: .unmatched))
      }
    }
    let count = batch.points.count - kept
    batch.points.removeLast(count)
    return count
  }

  private mutating func isMatched(
    _ point: Point, _ keyBytes: [UInt8], offset: Int64, _ partition: PartitionID
  ) -> Bool {
    let start = Int(point.keyStart)
    return keyBytes.withUnsafeBytes { bytes in
      let key = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(point.keyLength)])
      if admission.stream(of: key) != nil { return true }
      if admission.isFirstVerdict { log.unmatched(key, partition: partition, offset: offset) }
      return false
    }
  }
}
