import FoundationEssentials
import Glibc
import ServiceManager
import TestSupport
import Testing

@Suite struct LoggerTests {
  @Test("hostile values stay inside of their field, in both formats")
  func escaping() throws {
    // value, as logfmt, as JSON
    let cases: [(LogValue, String, String)] = [
      ("metrics", "metrics", "\"metrics\""),
      ("", "\"\"", "\"\""),
      ("two words", "\"two words\"", "\"two words\""),
      ("a=b", "\"a=b\"", "\"a=b\""),
      ("größe", "größe", "\"größe\""),
      ("say \"hi\"", #""say \"hi\"""#, #""say \"hi\"""#),
      ("C:\\x", #""C:\\x""#, #""C:\\x""#),
      (
        "one\nlevel=error msg=forged", #""one\nlevel=error msg=forged""#,
        #""one\nlevel=error msg=forged""#
      ),
      ("\r\t", #""\r\t""#, #""\r\t""#),
      ("\u{0}\u{1b}[31m", #""\u0000\u001b[31m""#, #""\u0000\u001b[31m""#),
      ("\u{7f}\u{9b}", #""\u007f\u009b""#, #""\u007f\u009b""#),
      ("\u{2028}\u{202e}\u{feff}", #""\u2028\u202e\ufeff""#, #""\u2028\u202e\ufeff""#),
      (-5, "-5", "-5"),
    ]
    for (value, logfmt, json) in cases {
      #expect(LogText.logfmt(value) == logfmt)
      #expect(LogText.json(value) == json)
      // An independent reader accepts it.
      _ = try JSONDecoder().decode(Anything.self, from: Data("[\(json)]".utf8))
    }
  }

  @Test("JSON strings read back as what was logged")
  func roundTrip() throws {
    let text = String(String.UnicodeScalarView((0..<0x3000).compactMap { Unicode.Scalar($0) }))
    for start in stride(from: 0, to: text.unicodeScalars.count, by: 256) {
      let part = String(String.UnicodeScalarView(text.unicodeScalars.dropFirst(start).prefix(256)))
      let json = LogText.json(.string(part))
      #expect(try JSONDecoder().decode([String].self, from: Data("[\(json)]".utf8)) == [part])
    }
  }

  @Test("a long value is cut between characters")
  func longValue() {
    let text = String(repeating: "ä", count: 1_000_000)
    #expect(LogText.logfmt(.string(text)) == "\"\(String(repeating: "ä", count: 1_024))…\"")
  }

  @Test(
    "a line has time, level, message and fields, and ends where it should",
    arguments: [
      (
        LogOutput.Format.logfmt,
        #"time=2001-09-09T01:46:40.007Z level=warning msg="commit \"aborted\"" worker=1 topic=a attempt=2"#
      ),
      (
        .json,
        #"{"time":"2001-09-09T01:46:40.007Z","level":"warning","msg":"commit \"aborted\"","worker":1,"topic":"a","attempt":2}"#
      ),
    ])
  func line(format: LogOutput.Format, expected: String) throws {
    let log = try PipeLog(format: format)
    log.logger.with(["worker": 1]).with(["topic": "a"]).warning(
      "commit \"aborted\"", ["attempt": 2])
    #expect(log.read() == expected + "\n")
  }

  @Test("names of fields can't forge other fields")
  func names() throws {
    let log = try PipeLog(format: .logfmt)
    log.logger.info("x", ["level": 1, "a b=c\n": 2, "": 3, "é": 4])
    #expect(log.read().hasSuffix("level=info msg=x level_=1 a_b_c_=2 _=3 _=4\n"))
  }

  @Test("records below the level are neither written nor made, and a reload changes the level")
  func level() throws {
    let log = try PipeLog(format: .logfmt)
    func unneeded() -> String {
      Issue.record("made though not written")
      return ""
    }
    log.logger.debug(unneeded())
    log.output.level = .debug
    log.logger.debug("now")
    log.output.level = .error
    log.logger.warning(unneeded())
    log.logger.error("end")
    let lines = log.read().split(separator: "\n").map { $0.drop { $0 != " " } }
    #expect(lines == [" level=debug msg=now", " level=error msg=end"])
  }

  @Test("a line for each key says how many lines of it were not logged")
  func suppressed() throws {
    let log = try PipeLog(format: .logfmt)
    log.logger.warning([
      SampledLog.Suppressed(key: "message refused: too_late", count: 12),
      SampledLog.Suppressed(key: "(other)", count: 1),
    ])
    let lines = log.read().split(separator: "\n").map { $0.drop { $0 != " " } }
    #expect(
      lines == [
        #" level=warning msg="12 more like this were not logged" like="message refused: too_late""#,
        #" level=warning msg="1 more like this were not logged" like=(other)"#,
      ])
  }

  @Test("a descriptor is the journal's only where device and inode are those named")
  func journalDetection() throws {
    let log = try PipeLog(format: .logfmt)
    var status = stat()
    #expect(fstat(log.writer, &status) == 0)
    let (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
    // JOURNAL_STREAM → is it this descriptor
    let cases: [(String?, Bool)] = [
      ("\(device):\(inode)", true),
      ("\(device):\(inode + 1)", false),
      ("\(device + 1):\(inode)", false),
      ("\(device)", false),
      ("\(device):\(inode):", false),
      ("a:b", false),
      ("", false),
      (nil, false),
    ]
    for (value, isJournal) in cases {
      let found = LogOutput.Destination.detect(log.writer, journalStream: value)
      #expect(found == (isJournal ? .journalStream(log.writer) : .descriptor(log.writer)))
    }
    #expect(
      LogOutput.Destination.detect(-1, journalStream: "\(device):\(inode)") == .descriptor(-1))
  }

  @Test("the journal's stream gets the level as a prefix and no time")
  func journalStream() throws {
    let log = try PipeLog(format: .json, isJournal: true)
    log.logger.error("lost", ["count": 2])
    log.logger.debug("not written")
    log.logger.info("a\n<0>forged")
    #expect(
      log.read() == """
        <3>{"level":"error","msg":"lost","count":2}
        <6>{"level":"info","msg":"a\\n<0>forged"}

        """)
  }

  @Test("the journal gets fields of its own form, with values as they are")
  func journalFields() {
    let record = LogRecord(
      level: .warning, message: "late\npoint",
      fields: [("topic", "a b"), ("seen.at-last", 3), ("raw", "\n\u{1B}")])
    let expected = [
      Array(#"MESSAGE=late\npoint topic="a b" seen.at-last=3 raw="\n\u001b""#.utf8),
      Array("PRIORITY=4".utf8),
      Array("SYSLOG_IDENTIFIER=forecastd".utf8),
      Array("FORECASTD_TOPIC=a b".utf8),
      Array("FORECASTD_SEEN_AT_LAST=3".utf8),
      Array("FORECASTD_RAW=".utf8) + [0x0a, 0x1b],
    ]
    #expect(JournalFields.make(record) == expected)
  }

  @Test(
    "without the journal's socket its stream gets a plain line",
    .enabled(if: access("/run/systemd/journal/socket", F_OK) != 0, "a journal is running here"))
  func journalFallback() throws {
    let log = try PipeLog(format: .logfmt, isJournal: true)
    log.logger.warning("late point", ["topic": "a b"])
    #expect(log.read() == "<4>late point topic=\"a b\"\n")
  }

  @Test("lines of many threads stay whole")
  func threads() async throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("log", "")
    let descriptor = open(file, O_WRONLY | O_APPEND | O_CLOEXEC)
    defer { close(descriptor) }
    let output = LogOutput(level: .info, format: .logfmt, destination: .descriptor(descriptor))
    let padding = String(repeating: "x", count: 500)
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask {
          let logger = Logger(output).with(["worker": .count(worker)])
          for index in 0..<200 { logger.info(padding, ["index": .count(index)]) }
        }
      }
    }
    let lines = try directory.read("log").split(separator: "\n")
    let tails = Set(lines.map { $0.drop { $0 != " " } })
    let expected = (0..<4).flatMap { worker in
      (0..<200).map { " level=info msg=\(padding) worker=\(worker) index=\($0)"[...] }
    }
    #expect(lines.count == 800)
    #expect(tails == Set(expected))
  }
}

/// Accepts any JSON value.
private struct Anything: Decodable {
  init(from decoder: any Decoder) throws {}
}

private final class PipeLog {
  let output: LogOutput
  let logger: Logger
  let writer: Int32
  private let reader: Int32

  init(format: LogOutput.Format, isJournal: Bool = false) throws {
    (reader, writer) = try Subprocess.makePipe()
    output = LogOutput(
      level: .info, format: format,
      destination: isJournal ? .journalStream(writer) : .descriptor(writer),
      wallClock: { (1_000_000_000, 7_999_999) })
    logger = Logger(output)
  }

  deinit {
    close(reader)
    close(writer)
  }

  /// What has been written so far.
  func read() -> String {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var watched = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
    guard poll(&watched, 1, 0) > 0 else { return "" }
    let count = Glibc.read(reader, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
  }
}
