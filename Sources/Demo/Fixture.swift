import Glibc
import TimeSeries

/// A recording in Influx line protocol, cut at its instants.
package struct Fixture: Sendable {
  /// Lines that have one timestamp.
  struct Instant: Sendable {
    var time: Milliseconds
    /// Where the lines are in `bytes`.
    var lines: [Range<Int>]
  }

  let bytes: [UInt8]
  let instants: [Instant]

  /// - Throws: where the file can't be read, or is no recording with timestamps in nanoseconds.
  package init(path: String) throws(DemoError) {
    try self.init(bytes: Self.read(path), name: path)
  }

  init(bytes: [UInt8], name: String) throws(DemoError) {
    self.bytes = bytes
    var instants: [Instant] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      if end > start {
        guard let time = Self.time(of: bytes[start..<end]) else {
          throw .unusableFixture(
            name, "has a line without a timestamp in nanoseconds, at byte \(start)")
        }
        if instants.last?.time == time {
          instants[instants.count - 1].lines.append(start..<end)
        } else {
          instants.append(Instant(time: time, lines: [start..<end]))
        }
      }
      start = end + 1
    }
    guard instants.count > 1 else { throw .unusableFixture(name, "has no two instants") }
    guard zip(instants, instants.dropFirst()).allSatisfy({ $0.time < $1.time }) else {
      throw .unusableFixture(name, "is not in the order of time")
    }
    self.instants = instants
  }

  var duration: Milliseconds { instants[instants.count - 1].time - instants[0].time }

  /// An instant's lines with their timestamps moved by `shift`.
  func text(of instant: Int, shift: Milliseconds, lines: Range<Int>, into text: inout [UInt8]) {
    let instant = instants[instant]
    for line in instant.lines[lines] {
      let space = bytes[line].lastIndex(of: UInt8(ascii: " ")) ?? line.lowerBound
      text.append(contentsOf: bytes[line.lowerBound...space])
      text.append(contentsOf: "\((instant.time + shift) * 1_000_000)\n".utf8)
    }
  }

  private static func read(_ path: String) throws(DemoError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .unusableFixture(path, String(cString: strerror(errno))) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(file, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unusableFixture(path, String(cString: strerror(errno))) }
      if count == 0 { return bytes }
      bytes.append(contentsOf: buffer[..<count])
    }
  }

  private static func time(of line: ArraySlice<UInt8>) -> Milliseconds? {
    guard let space = line.lastIndex(of: UInt8(ascii: " ")) else { return nil }
    let digits = line[(space + 1)...]
    guard digits.count == 19, let time = Int64(String(decoding: digits, as: UTF8.self)) else {
      return nil
    }
    return time / 1_000_000
  }
}
