import CommandLineInterface
import Glibc
import Testing

@Suite("Output for terminals")
struct TerminalTests {
  @Test("the width is that of COLUMNS, then of the terminal, then 80")
  func width() throws {
    var pipes: [Int32] = [0, 0]
    try #require(pipe(&pipes) == 0)
    defer { for end in pipes { close(end) } }
    let plain = Terminal(fileDescriptor: pipes[1], environment: [:])
    #expect(!plain.isTerminal && plain.width == 80)
    for (text, expected) in [("120", 120), ("0", 80), ("x", 80), ("-3", 80)] {
      let terminal = Terminal(fileDescriptor: pipes[1], environment: ["COLUMNS": text])
      #expect(terminal.width == expected)
    }
  }

  @Test("a pseudo-terminal is recognised, with its size")
  func pseudoTerminal() throws {
    var leader: Int32 = 0
    var follower: Int32 = 0
    var size = winsize(ws_row: 24, ws_col: 132, ws_xpixel: 0, ws_ypixel: 0)
    try #require(openpty(&leader, &follower, nil, nil, &size) == 0)
    defer {
      close(leader)
      close(follower)
    }
    let terminal = Terminal(fileDescriptor: follower, environment: [:])
    #expect(terminal.isTerminal && terminal.width == 132)
  }

  @Test("control characters from outside don't steer the terminal")
  func sanitizing() {
    #expect(Terminal.sanitized("cpu.é日本") == "cpu.é日本")
    #expect(Terminal.sanitized("a\u{1B}[2Jb\n\u{202E}c") == "a\u{FFFD}[2Jb\u{FFFD}\u{FFFD}c")
  }

  @Test("wide characters count twice, combining ones not at all")
  func displayWidth() {
    #expect(Terminal.displayWidth("abc") == 3)
    #expect(Terminal.displayWidth("日本") == 4)
    #expect(Terminal.displayWidth("e\u{301}") == 1)
    #expect(Terminal.truncated("日本語", to: 4) == "日…")
    #expect(Terminal.truncated("abc", to: 3) == "abc")
    #expect(Terminal.truncated("abcd", to: 3) == "ab…")
    #expect(Terminal.truncated("abcd", to: 0) == "")
  }

  private static let table: TextTable = {
    var table = TextTable([
      .init("series"), .init("value", .right, minimumWidth: 7), .init("note"),
    ])
    table.append(["cpu_usage_idle{host=alpha}", "1.5", "fine"])
    table.append(["disk", "-12345.25", "a\tnote that goes on"])
    return table
  }()

  @Test("columns are aligned, numbers to the right")
  func aligned() {
    #expect(
      Self.table.lines() == [
        "series                          value  note",
        "cpu_usage_idle{host=alpha}        1.5  fine",
        "disk                        -12345.25  a\u{FFFD}note that goes on",
      ])
  }

  @Test("the widest texts are cut to fit, numbers never")
  func fitted() {
    #expect(
      Self.table.lines(width: 40)
        == [
          "series             value  note",
          "cpu_usage_id…        1.5  fine",
          "disk           -12345.25  a\u{FFFD}note that g…",
        ])
    for width in 20...60 {
      let lines = Self.table.lines(width: width)
      #expect(lines.allSatisfy { Terminal.displayWidth($0) <= width })
      if width >= 28 { #expect(lines[2].contains("-12345.25")) }
    }
  }

  @Test("progress is redrawn in place on a terminal")
  func progressOnTerminal() {
    let start = ContinuousClock.now
    let terminal = Terminal(isTerminal: true, width: 40)
    var line = ProgressLine("Training", on: terminal, start: start)
    #expect(line.update(0, now: start) == "\rTraining   0 %\u{1B}[K")
    #expect(line.update(0.01, now: start + .milliseconds(50)) == nil)
    #expect(
      line.update(0.25, detail: "loss 0.5", now: start + .seconds(10))
        == "\rTraining  25 %, loss 0.5, 30s left\u{1B}[K")
    let long = line.update(
      0.5, detail: String(repeating: "x", count: 50), now: start + .seconds(20))
    #expect(long?.contains("…") == true && (long?.count ?? 99) <= 40 + 4)
    #expect(
      line.finish(now: start + .seconds(90)) == "\rTraining 100 %, done in 1m30s\u{1B}[K\n")
  }

  @Test("progress is a plain line every five seconds elsewhere")
  func progressElsewhere() {
    let start = ContinuousClock.now
    var line = ProgressLine("Replay", on: Terminal(isTerminal: false), start: start)
    var written: [String] = []
    for second in 1...12 {
      let text = line.update(Double(second) / 20, now: start + .seconds(second))
      if let text { written.append(text) }
    }
    #expect(written == ["Replay  25 %, 15s left\n", "Replay  50 %, 10s left\n"])
    #expect(
      line.finish(detail: "9 files", now: start + .seconds(20))
        == "Replay 100 %, 9 files, done in 20s\n")
  }

  @Test("the estimate follows a speed that changes")
  func changingSpeed() throws {
    let start = ContinuousClock.now
    var line = ProgressLine("Work", on: Terminal(isTerminal: false), start: start)
    // The first tenth takes 100 s, the next parts one second a percent.
    _ = line.update(0.1, now: start + .seconds(100))
    var text = ""
    for second in 1...60 {
      text = line.update(0.1 + Double(second) / 100, now: start + .seconds(100 + second)) ?? text
    }
    // 30 % are left: 30 s at the new speed, 69 s at the average one.
    let left = try #require(text.split(separator: " ").dropLast().last)
    #expect(["30s", "31s"].contains(left), "\(text)")
  }
}
