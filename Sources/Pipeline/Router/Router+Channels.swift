import TimeSeries

// How far the router's channels have been routed, and what the points topic says of it.

extension Router {
  /// Asks for the ends of the channels when a bucket may close by the answer, and notes how far each
  /// channel has been routed.
  mutating func followChannels() {
    guard !partitions.isEmpty, !settings.timeIsIndex else { return }
    let now = clock.now()
    if channelClock.isQuestionTime(at: now) {
      let asked = partitions.indices.filter {
        !partitions[$0].isQuestionOpen
          && channelClock.needsQuestion(through: partitions[$0].through, at: now)
      }
      if !asked.isEmpty {
        let ends = source.findEnds(asked.map { partitions[$0].id })
        for (slot, end) in zip(asked, ends) {
          if let end { partitions[slot].ask(at: now, end: end) }
        }
      }
    }
    for slot in partitions.indices where partitions[slot].isQuestionOpen {
      partitions[slot].updateThrough(
        readThrough: source.readThrough(partitions[slot].id), now: now,
        backlogSince: now - max(settings.idleMilliseconds, RouterClock.heartbeatMilliseconds))
      if let through = partitions[slot].through,
        channelClock.isWorthWriting(
          from: partitions[slot].writtenThrough, to: through, at: now)
      {
        commits.hasUncommitted = true
      }
    }
    if channelClock.isQuestionTime(at: now) {
      channelClock.noteQuestion(
        at: now, isUnanswered: partitions.contains(where: \.isQuestionOpen))
    }
  }

  /// Names the channels before the first points, so that the workers wait for all of them.
  mutating func announceChannels() throws(TransportError) {
    guard !newChannels.isEmpty, !settings.timeIsIndex else { return }
    try sendChannels(newChannels.map { ChannelRecord.Entry(channel: $0, through: nil) })
    newChannels = []
    commits.hasUncommitted = true
  }

  private func sendChannels(_ entries: [ChannelRecord.Entry]) throws(TransportError) {
    let now = clock.now()
    try withBytes(ChannelRecord.key(entries)) { key throws(TransportError) in
      try sink.sendToAllPointsPartitions(key: key, timestamp: now)
    }
  }

  /// Writes what has changed about the channels behind the points of the commit.
  mutating func produceChannels() throws(TransportError) {
    guard !settings.timeIsIndex else { return }
    let now = clock.now()
    var entries: [ChannelRecord.Entry] = []
    for slot in partitions.indices {
      guard let through = partitions[slot].through,
        channelClock.isWorthWriting(from: partitions[slot].writtenThrough, to: through, at: now)
      else { continue }
      entries.append(ChannelRecord.Entry(channel: partitions[slot].id.channel, through: through))
      partitions[slot].writtenThrough = through
    }
    guard !entries.isEmpty else { return }
    channelClock.noteWrite(at: now)
    try sendChannels(entries)
  }
}
