package import TimeSeries

/// A change of a partition's state that is no record of its input.
///
/// It was applied before the record at `offset`. A replay applies it there again.
package struct PartitionEvent: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// The stream's model was replaced, and the hidden states were re-warmed.
    case model(stream: String, version: Int)
    /// The watermark was moved by the clock, because the partition was silent.
    case tick(watermark: Milliseconds)
    /// The watermark had come here, on a long way, when it was committed.
    case progress(watermark: Milliseconds)
    /// The daemon's clock was looked at.
    case clock(Milliseconds)
    /// What the control topic says before an offset was taken up.
    case control(end: Int64)

    /// Whether the event moves the watermark.
    var movesTime: Bool {
      switch self {
      case .tick, .progress: true
      case .model, .clock, .control: false
      }
    }

    var isControl: Bool {
      if case .control = self { return true }
      return false
    }

    var isTick: Bool {
      if case .tick = self { return true }
      return false
    }
  }

  package var offset: Int64
  package var kind: Kind

  package init(offset: Int64, kind: Kind) {
    self.offset = offset
    self.kind = kind
  }
}

/// The text beside a committed offset: the watermark, and the events since the oldest kept
/// snapshot.
///
/// The text has at most `sizeMaximum` bytes, for example
/// `f1;w=1700000000000;m=hosts:3@812;t=1700000060000@812`. Text of an unknown version is treated as
/// absent. The partition then starts at the committed offset without its past.
package struct CommitMetadata: Sendable, Equatable {
  /// Kafka's default bound of an offset's metadata (`offset.metadata.max.bytes`).
  package static let sizeMaximum = 4096

  /// The watermark of the partition; `nil` before its first point.
  package var watermark: Milliseconds?
  /// The log time of the partition; `nil` before its first record.
  package var logTime: Milliseconds?
  /// The events, in the order of their offsets.
  package var events: [PartitionEvent]

  package init(
    watermark: Milliseconds?, logTime: Milliseconds? = nil, events: [PartitionEvent]
  ) {
    self.watermark = watermark
    self.logTime = logTime
    self.events = events
  }

  /// The encoded text. If it is too long, the oldest events are left out. A replay from a snapshot
  /// before these events is then not exact, but the broker would refuse a longer text.
  package var text: String {
    var kept = events[...]
    var text = text(kept)
    while text.utf8.count > Self.sizeMaximum, !kept.isEmpty {
      kept = kept.dropFirst((kept.count + 3) / 4)
      text = self.text(kept)
    }
    return text
  }

  private func text(_ events: ArraySlice<PartitionEvent>) -> String {
    var text = "f1"
    if let watermark { text += ";w=\(watermark)" }
    if let logTime { text += ";l=\(logTime)" }
    for event in events {
      switch event.kind {
      case .model(let stream, let version): text += ";m=\(stream):\(version)@\(event.offset)"
      case .tick(let watermark): text += ";t=\(watermark)@\(event.offset)"
      case .progress(let watermark): text += ";p=\(watermark)@\(event.offset)"
      case .clock(let time): text += ";c=\(time)@\(event.offset)"
      case .control(let end): text += ";k=\(end)@\(event.offset)"
      }
    }
    return text
  }

  package init?(text: String) {
    var fields = text.split(separator: ";", omittingEmptySubsequences: false).makeIterator()
    guard fields.next() == "f1" else { return nil }
    self.init(watermark: nil, events: [])
    while let field = fields.next() {
      guard let separator = field.firstIndex(of: "=") else { return nil }
      let value = field[field.index(after: separator)...]
      switch field[..<separator] {
      case "w":
        guard let time = Milliseconds(value) else { return nil }
        watermark = time
      case "l":
        guard let time = Milliseconds(value) else { return nil }
        logTime = time
      case "m", "t", "p", "c", "k":
        guard let event = PartitionEvent(kind: field[..<separator], text: value) else { return nil }
        events.append(event)
      default: continue
      }
    }
  }
}

extension PartitionEvent {
  fileprivate init?(kind: Substring, text: Substring) {
    guard let at = text.lastIndex(of: "@"), let offset = Int64(text[text.index(after: at)...])
    else {
      return nil
    }
    let what = text[..<at]
    switch kind {
    case "k":
      guard let end = Int64(what), end >= 0 else { return nil }
      self.init(offset: offset, kind: .control(end: end))
    case "t", "p", "c":
      guard let time = Milliseconds(what) else { return nil }
      let event: Kind =
        kind == "t"
        ? .tick(watermark: time) : kind == "p" ? .progress(watermark: time) : .clock(time)
      self.init(offset: offset, kind: event)
    default:
      guard let colon = what.lastIndex(of: ":"),
        let version = Int(what[what.index(after: colon)...])
      else { return nil }
      self.init(offset: offset, kind: .model(stream: String(what[..<colon]), version: version))
    }
  }
}
