import Metrics
import TimeSeries

extension Worker {
  /// Whether a point that was not used goes to the dead letters. Points that no stream matches are
  /// only counted, unless their input asks for more: to observe a part of a topic is the ordinary
  /// case.
  mutating func isRefusal(
    _ reason: DropReason, of point: Point, in message: InputMessage, isEmitted: Bool
  ) -> Bool {
    guard reason == .unmatched else { return true }
    guard isEmitted else { return false }
    let id = partitions[message.slot].id
    counts.unmatched.add(1, input: id.topic)
    if partitions[message.slot].admission.isFirstVerdict {
      let start = Int(point.keyStart)
      points.keyBytes.withUnsafeBytes { keys in
        log.unmatched(
          UnsafeRawBufferPointer(rebasing: keys[start..<start + Int(point.keyLength)]),
          partition: id, offset: message.offset)
      }
    }
    return decoders.refusesUnmatched(input: partitions[message.slot].input)
  }
}
