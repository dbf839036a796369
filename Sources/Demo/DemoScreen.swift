import CommandLineInterface
import Subscriber
import TimeSeries

/// The output of the demonstration: on a terminal a live table with messages above it, elsewhere
/// plain lines and a line of progress every few seconds.
struct DemoScreen {
  private let terminal: () -> Terminal
  private let write: (String) -> Void
  private var view = LiveView()
  private var above: [String] = []
  private var lastDrawn: ContinuousClock.Instant?
  private static let redrawInterval: Duration = .milliseconds(250)
  private static let plainInterval: Duration = .seconds(5)

  init(terminal: @escaping () -> Terminal, write: @escaping (String) -> Void) {
    self.terminal = terminal
    self.write = write
  }

  /// Adds a line that stays above the table.
  mutating func say(_ line: String) { above.append(line) }

  /// - Parameters:
  ///   - status: one line about the current work.
  ///   - board: makes the table, called only where it is drawn.
  mutating func refresh(
    status: String, board: (_ width: Int, _ height: Int) -> [String],
    isLast: Bool = false
  ) {
    let terminal = terminal()
    let now = ContinuousClock.now
    let interval = terminal.isTerminal ? Self.redrawInterval : Self.plainInterval
    let isDue = lastDrawn.map { now - $0 >= interval } ?? true
    if terminal.isTerminal {
      guard isDue || isLast else { return }
      lastDrawn = now
      // Two lines of status, and one that stays free for the cursor.
      let table = board(terminal.width - 1, terminal.height - 3)
      write(view.draw((table.isEmpty ? [] : table + [""]) + [status], above: above, on: terminal))
      above.removeAll()
      return
    }
    var lines = above
    above.removeAll()
    if isDue, !isLast {
      lastDrawn = now
      lines.append(status)
    }
    if isLast { lines += board(.max, .max) }
    if !lines.isEmpty { write(lines.joined(separator: "\n") + "\n") }
  }

  /// Writes the lines that wait below the last table.
  mutating func finish() {
    if !above.isEmpty { write(above.joined(separator: "\n") + "\n") }
    above.removeAll()
  }
}
