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

  /// Newest event time of the partition; `nil` before its first point.
  package var watermark: Milliseconds?
  /// The events, in the order of their offsets.
  package var events: [PartitionEvent]

  package init(watermark: Milliseconds?, events: [PartitionEvent]) {
    self.watermark = watermark
    self.events = events
  }

  /// The encoded text. If it is too long, the oldest events are left out. A replay from a snapshot
  /// before these events is then not exact, but the broker would refuse a longer text.
  package var text: String {
    var kept = events[...]
    var text = Self.text(watermark, kept)
    while text.utf8.count > Self.sizeMaximum, !kept.isEmpty {
      kept = kept.dropFirst((kept.count + 3) / 4)
      text = Self.text(watermark, kept)
    }
    return text
  }

  private static func text(
    _ watermark: Milliseconds?, _ events: ArraySlice<PartitionEvent>
  ) -> String {
    var text = "f1"
    if let watermark { text += ";w=\(watermark)" }
    for event in events {
      switch event.kind {
      case .model(let stream, let version): text += ";m=\(stream):\(version)@\(event.offset)"
      case .tick(let watermark): text += ";t=\(watermark)@\(event.offset)"
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
      case "m", "t":
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
    if kind == "t" {
      guard let watermark = Milliseconds(what) else { return nil }
      self.init(offset: offset, kind: .tick(watermark: watermark))
    } else {
      guard let colon = what.lastIndex(of: ":"),
        let version = Int(what[what.index(after: colon)...])
      else { return nil }
      self.init(offset: offset, kind: .model(stream: String(what[..<colon]), version: version))
    }
  }
}
