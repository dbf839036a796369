import CSystemd
import Glibc
import Synchronization

/// Where log lines go and in which form; shared by all loggers of a process.
package final class LogOutput: Sendable {
  package enum Format: String, Sendable, CaseIterable {
    case logfmt, json
  }

  package enum Destination: Sendable, Equatable {
    /// A terminal, file or pipe: whole lines with their time.
    case descriptor(Int32)
    /// The journal reads the descriptor: it knows the time, and a prefix tells it the level.
    case journalStream(Int32)

    /// What the descriptor is, judged by the `JOURNAL_STREAM` that systemd sets for its services.
    package static func detect(
      _ descriptor: Int32, journalStream: String?
    ) -> Destination {
      isJournal(descriptor, journalStream: journalStream)
        ? .journalStream(descriptor) : .descriptor(descriptor)
    }
  }

  private let format: Format
  private let destination: Destination
  private let threshold: Atomic<Int>
  private let wallClock: @Sendable () -> (seconds: Int, nanoseconds: Int)

  /// - `wallClock`: the time stamped on lines.
  package init(
    level: LogLevel, format: Format, destination: Destination,
    wallClock: @escaping @Sendable () -> (seconds: Int, nanoseconds: Int) = wallClockNow
  ) {
    threshold = Atomic(level.rawValue)
    self.format = format
    self.destination = destination
    self.wallClock = wallClock
  }

  /// Standard error, as the environment of this process describes it.
  package static func standardError(level: LogLevel, format: Format) -> LogOutput {
    let stream = getenv("JOURNAL_STREAM").map { String(cString: $0) }
    return LogOutput(
      level: level, format: format, destination: .detect(STDERR_FILENO, journalStream: stream))
  }

  /// Less severe records are not written; a reload may change it while others log.
  package var level: LogLevel {
    get {
      guard let level = LogLevel(rawValue: threshold.load(ordering: .relaxed)) else {
        preconditionFailure("only raw values of levels are stored")
      }
      return level
    }
    set { threshold.store(newValue.rawValue, ordering: .relaxed) }
  }

  func write(_ record: LogRecord) {
    switch (destination, format) {
    case (.descriptor(let descriptor), .logfmt):
      writeLine(LogText.logfmt(record, time: timestamp()), to: descriptor)
    case (.descriptor(let descriptor), .json):
      writeLine(LogText.json(record, time: timestamp()), to: descriptor)
    case (.journalStream(let descriptor), .json):
      let line = LogText.json(record, time: nil)
      writeLine("<\(record.level.rawValue)>\(line)", to: descriptor)
    case (.journalStream(let descriptor), .logfmt):
      if !sendToJournal(JournalFields.make(record)) {
        writeLine("<\(record.level.rawValue)>\(LogText.plain(record))", to: descriptor)
      }
    }
  }

  /// RFC 3339 in UTC with milliseconds.
  private func timestamp() -> String {
    let now = wallClock()
    var seconds = now.seconds
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let date =
      "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
    let time = "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
    return "\(date)T\(time).\(padded(Int32(now.nanoseconds / 1_000_000), 3))Z"
  }
}

package func wallClockNow() -> (seconds: Int, nanoseconds: Int) {
  var now = timespec()
  clock_gettime(CLOCK_REALTIME, &now)
  return (now.tv_sec, now.tv_nsec)
}

private func padded(_ number: Int32, _ width: Int) -> String {
  let digits = "\(number)"
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Whether systemd connected this descriptor to the journal: device and inode are the named ones.
private func isJournal(_ descriptor: Int32, journalStream: String?) -> Bool {
  guard let parts = journalStream?.split(separator: ":", omittingEmptySubsequences: false),
    parts.count == 2,
    let device = UInt64(parts[0]), let inode = UInt64(parts[1])
  else { return false }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { return false }
  return UInt64(status.st_dev) == device && UInt64(status.st_ino) == inode
}

/// One write for one line, so that lines of several threads and processes don't mix.
private func writeLine(_ line: String, to descriptor: Int32) {
  var rest = Array((line + "\n").utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if count > 0 {
      rest = rest.dropFirst(count)
    } else if errno != EINTR {
      // Nobody reads: there is no better place to say so, and the daemon must not block or end.
      return
    }
  }
}

/// False where the journal's socket can't be reached, as from some sandboxes; its stream can be
/// then.
private func sendToJournal(_ fields: [[UInt8]]) -> Bool {
  // libsystemd calls it a success when there is no socket.
  guard access("/run/systemd/journal/socket", F_OK) == 0 else { return false }
  let bytes = fields.flatMap { $0 }
  return bytes.withUnsafeBytes { buffer in
    guard let base = buffer.baseAddress else { return false }
    var start = 0
    var vectors: [iovec] = []
    for field in fields {
      vectors.append(
        iovec(iov_base: UnsafeMutableRawPointer(mutating: base + start), iov_len: field.count))
      start += field.count
    }
    return sd_journal_sendv(vectors, Int32(vectors.count)) == 0
  }
}
