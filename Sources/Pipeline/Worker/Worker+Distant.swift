import TimeSeries

// A wrong unit of time puts points decades from where they belong. Replays of old data do the same, so
// such points are used, but never in silence.

extension Worker {
  /// The times that are less than about ten years from the record's; `nil` if the record has no time that
  /// says when its points are from.
  func nearTimes(of message: InputMessage) -> ClosedRange<Milliseconds>? {
    guard !settings.timeIsIndex, let time = message.recordTime,
      AlignmentSettings.validTimes.contains(time)
    else { return nil }
    return time - Self.nearMilliseconds...time + Self.nearMilliseconds
  }

  private static var nearMilliseconds: Milliseconds { 3_653 * 86_400_000 }

  /// Counts a point that is outside of `nearTimes`, and warns of it at most once a minute and partition.
  /// What is refused for other reasons than being late has its own count.
  mutating func noteDistant(_ point: Point, in message: InputMessage, outcome: DropReason?) {
    guard outcome == nil || outcome == .late else { return }
    let (slot, now) = (message.slot, turnBeganNanoseconds)
    let id = partitions[slot].id
    counts.distant.add(1, input: id.topic)
    guard now - partitions[slot].lastDistantWarningNanoseconds >= Self.warningNanoseconds else {
      return
    }
    partitions[slot].lastDistantWarningNanoseconds = now
    let key = Int(point.keyStart)..<Int(point.keyStart) + Int(point.keyLength)
    log.warning(
      "points whose times are decades from their records': is timestamp_unit right?",
      [
        "series": String(decoding: points.keyBytes[key], as: UTF8.self),
        "time": Self.timeText(point.time),
        "record_time": message.recordTime.map(Self.timeText) ?? "", "partition": "\(id)",
        "offset": "\(message.offset)",
      ])
  }

  /// A record of the points topic may hold any number.
  private static func timeText(_ time: Milliseconds) -> String {
    AlignmentSettings.validTimes.contains(time) ? TimeText.text(time) : "\(time)"
  }

  private static var warningNanoseconds: Int64 { 60_000_000_000 }
}
