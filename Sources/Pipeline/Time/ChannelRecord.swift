package import TimeSeries

/// A record of the points topic that says how far the channels of a router are.
///
/// It has an empty value, which readers of earlier versions pass over, and all its content in the
/// key: a zero byte, which begins no series key, the version `c1`, and for each channel a space and
/// `topic/partition=time`. A channel without a time exists, but the router does not read it.
package enum ChannelRecord {
  package struct Entry: Equatable, Sendable {
    /// `topic/partition`
    package var channel: String
    package var through: Milliseconds?

    package init(channel: String, through: Milliseconds?) {
      self.channel = channel
      self.through = through
    }
  }

  private static let start = Array("\0c1".utf8)

  package static func key(_ entries: [Entry]) -> [UInt8] {
    var key = start
    for entry in entries {
      key += " \(entry.channel)=\(entry.through.map(String.init) ?? "")".utf8
    }
    return key
  }

  /// - Returns: `nil` if it is a record of another kind.
  static func entries(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> [Entry]? {
    guard value.isEmpty, key.count >= start.count, key[0] == 0, key.starts(with: start) else {
      return nil
    }
    return String(decoding: key.dropFirst(start.count), as: UTF8.self).split(separator: " ")
      .compactMap { field in
        guard let equals = field.lastIndex(of: "=") else { return nil }
        return Entry(
          channel: String(field[..<equals]),
          through: Milliseconds(field[field.index(after: equals)...]))
      }
  }
}

extension PartitionID {
  /// The name of the partition as a channel.
  package var channel: String { "\(topic)/\(partition)" }
}
