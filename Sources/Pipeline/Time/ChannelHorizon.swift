package import TimeSeries

/// The times up to which the routers have passed on the points of their channels. A *channel* is one
/// partition of an input behind the router.
///
/// The routers write these times into the points topic (`ChannelRecord`). Points older than the
/// horizon, the earliest of them, have all come. Without a channel there is no bound: the topic is
/// written by an older version, or needs no router.
package struct ChannelHorizon: Sendable, Equatable {
  struct Channel: Sendable, Equatable {
    /// All points that reached the channel before this time have been passed on.
    var through: Milliseconds
    /// The log time of the newest record about the channel.
    var seen: Milliseconds
    /// Whether nobody has spoken of the channel for longer than the bound. It is not waited for.
    var isLeftOut = false
  }

  private(set) var channels: [String: Channel] = [:]
  /// No bucket closes by a later time.
  package private(set) var horizon = Milliseconds.max
  /// The channel that holds the horizon.
  package private(set) var holder: String?
  /// The log time at which the next channel may have to be left out.
  private var nextCheck = Milliseconds.max

  package var isEmpty: Bool { channels.isEmpty }

  /// Takes what a router says of its channels.
  package mutating func note(_ times: [ChannelRecord.Entry], logTime: Milliseconds) {
    // A record without a time says nothing of when the channel was alive.
    guard logTime != .min else { return }
    for entry in times {
      // What a router says of a channel that it does not read tells only that there is one.
      if entry.through == nil, channels[entry.channel] != nil { continue }
      let former = channels[entry.channel]?.through ?? .min
      channels[entry.channel] = Channel(
        through: max(former, min(entry.through ?? .min, logTime)), seen: logTime)
    }
    update()
  }

  /// Leaves out the channels of which nobody has spoken for longer than `stall`.
  ///
  /// - Returns: the channels that are left out from now on.
  package mutating func leaveOutStalled(
    at logTime: Milliseconds, after stall: Milliseconds
  ) -> [String] {
    guard logTime >= nextCheck || nextCheck == .max, !channels.isEmpty else { return [] }
    var stalled: [String] = []
    nextCheck = .max
    for (name, channel) in channels where !channel.isLeftOut {
      if logTime - channel.seen > stall {
        channels[name]?.isLeftOut = true
        stalled.append(name)
      } else {
        nextCheck = min(nextCheck, channel.seen + stall + 1)
      }
    }
    if !stalled.isEmpty { update() }
    return stalled.sorted()
  }

  /// Waits longer for each channel, by a time in which no router could write.
  mutating func excuse(_ milliseconds: Milliseconds) {
    for name in channels.keys { channels[name]?.seen += milliseconds }
    if nextCheck != .max { nextCheck += milliseconds }
  }

  /// Leaves out the channel that holds the horizon, because too many points wait for it.
  mutating func leaveOutHolder() -> String? {
    guard let holder else { return nil }
    channels[holder]?.isLeftOut = true
    update()
    return holder
  }

  private mutating func update() {
    horizon = .max
    holder = nil
    for (name, channel) in channels where !channel.isLeftOut {
      if channel.through < horizon || channel.through == horizon && name < (holder ?? name) {
        horizon = channel.through
        holder = name
      }
    }
  }

  // MARK: - Text

  /// The form in a snapshot.
  package var text: String {
    channels.sorted { $0.key < $1.key }.map { name, channel in
      "\(name)=\(channel.through)@\(channel.seen)\(channel.isLeftOut ? "!" : "")"
    }.joined(separator: " ")
  }

  package init() {}

  package init?(text: String) {
    for field in text.split(separator: " ") {
      guard let equals = field.lastIndex(of: "="), let at = field.lastIndex(of: "@"), equals < at
      else { return nil }
      let isLeftOut = field.hasSuffix("!")
      let seen = field[field.index(after: at)...].dropLast(isLeftOut ? 1 : 0)
      guard let through = Milliseconds(field[field.index(after: equals)..<at]),
        let seen = Milliseconds(seen)
      else { return nil }
      channels[String(field[..<equals])] = Channel(
        through: through, seen: seen, isLeftOut: isLeftOut)
    }
    update()
  }
}
