import Notation

/// One line with the progress of long work: redrawn in place on a terminal, and elsewhere written
/// as a plain line every few seconds, so that logs stay readable.
///
/// It writes nothing itself: what each call returns goes to the stream the terminal stands for.
package struct ProgressLine: Sendable {
  private static let redrawInterval = Duration.milliseconds(100)
  /// Time in which an older speed loses its weight in the estimate of the time left.
  private static let smoothing = Duration.seconds(10)

  private let label: String
  private let terminal: Terminal
  private let plainInterval: Duration
  private let start: ContinuousClock.Instant
  private var lastWritten: ContinuousClock.Instant?
  private var lastSample: (time: ContinuousClock.Instant, fraction: Double)
  /// Fraction a second; nil before there is anything to measure.
  private var speed: Double?

  package init(
    _ label: String, on terminal: Terminal, plainInterval: Duration = .seconds(5),
    start: ContinuousClock.Instant
  ) {
    self.label = label
    self.terminal = terminal
    self.plainInterval = plainInterval
    self.start = start
    self.lastSample = (start, 0)
  }

  /// What to write now, or nil where it is too early for another line.
  ///
  /// - Parameter fraction: of the work that is done, 0 to 1.
  package mutating func update(
    _ fraction: Double, detail: String = "", now: ContinuousClock.Instant
  ) -> String? {
    measure(fraction, now)
    if terminal.isTerminal {
      if let lastWritten, now - lastWritten < Self.redrawInterval { return nil }
    } else if now - (lastWritten ?? start) < plainInterval {
      return nil
    }
    lastWritten = now
    let text = line(fraction, detail, timeLeft(fraction).map { "\($0) left" })
    return terminal.isTerminal ? inPlace(text) : text + "\n"
  }

  /// The last line, with the time the work took.
  package mutating func finish(detail: String = "", now: ContinuousClock.Instant) -> String {
    let text = line(1, detail, "done in \(Self.text(now - start))")
    lastWritten = nil
    return (terminal.isTerminal ? inPlace(text) : text) + "\n"
  }

  private mutating func measure(_ fraction: Double, _ now: ContinuousClock.Instant) {
    let elapsed = (now - lastSample.time) / .seconds(1)
    // Shorter intervals measure the clock more than the work.
    guard elapsed >= 0.2 else { return }
    let newest = max(0, fraction - lastSample.fraction) / elapsed
    let weight = elapsed / (elapsed + Self.smoothing / .seconds(1))
    speed = speed.map { $0 + weight * (newest - $0) } ?? newest
    lastSample = (now, fraction)
  }

  private func timeLeft(_ fraction: Double) -> String? {
    guard let speed, speed > 0 else { return nil }
    let seconds = (1 - fraction) / speed
    // Beyond some days the estimate is noise.
    return seconds < 864_000 ? Self.text(.seconds(seconds)) : nil
  }

  private func line(_ fraction: Double, _ detail: String, _ time: String?) -> String {
    // Less than the whole is never shown as 100 %.
    let percent = Int(min(max(fraction.isNaN ? 0 : fraction, 0), 1) * 100)
    let padding = String(repeating: " ", count: percent < 10 ? 2 : percent < 100 ? 1 : 0)
    let parts = ["\(label) \(padding)\(percent) %", Terminal.sanitized(detail), time ?? ""]
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  private func inPlace(_ text: String) -> String {
    // The last column stays free: some terminals wrap as soon as it is written.
    "\r\(Terminal.truncated(text, to: terminal.width - 1))\u{1B}[K"
  }

  private static func text(_ duration: Duration) -> String {
    let seconds = Int64((duration / .seconds(1)).rounded())
    // Seconds don't matter where hours are left.
    return DurationNotation.text(.seconds(seconds >= 3600 ? seconds / 60 * 60 : seconds))
  }
}
