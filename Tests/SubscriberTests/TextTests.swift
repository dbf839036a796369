import CommandLineInterface
import Subscriber
import Testing

@Suite struct TextTests {
  @Test(
    "numbers keep three digits and take a suffix where they are large",
    arguments: [
      (0, "0"), (0.0049, "4.9e-3"), (0.05, "0.05"), (1, "1.00"), (9.996, "10.0"), (-12.34, "-12.3"),
      (99.96, "100"), (999.4, "999"), (999.6, "1.00k"), (1234, "1.23k"), (25e9, "25.0G"),
      (3.2e17, "320P"), (2e20, "2.0e20"), (.nan, "–"), (.infinity, "–"), (1e-9, "0"),
    ] as [(Double, String)])
  func compact(value: Double, text: String) {
    #expect(CompactNumber.text(value) == text)
  }

  @Test(
    "counts have their thousands apart",
    arguments: [(0, "0"), (999, "999"), (-1000, "-1,000"), (1_234_567, "1,234,567")])
  func grouped(number: Int, text: String) {
    #expect(CompactNumber.grouped(number) == text)
  }

  @Test(
    "ages have one or two units",
    arguments: [
      (0, "0s"), (59_999, "59s"), (60_000, "1m"), (150_000, "2m30s"), (1_230_000, "20m"),
      (6_720_000, "1h52m"), (3 * 86_400_000, "3d"), (-5_000, "-5s"),
    ] as [(Int64, String)])
  func ages(milliseconds: Int64, text: String) {
    #expect(AgeText.text(milliseconds) == text)
  }

  @Test("a live block is drawn over the one before, and lines above it stay")
  func liveView() {
    let terminal = Terminal(isTerminal: true, width: 12, height: 4)
    var view = LiveView()
    #expect(view.draw(["one", "two"], on: terminal) == "\rone\u{1B}[K\ntwo\u{1B}[K\n\u{1B}[J")
    // Too many lines for the terminal, one of them too long.
    #expect(
      view.draw(["1", "a line too long", "3", "4"], above: ["news"], on: terminal)
        == "\r\u{1B}[2Anews\u{1B}[K\n1\u{1B}[K\na line too…\u{1B}[K\n3\u{1B}[K\n\u{1B}[J")
    #expect(view.draw(["x"], on: terminal) == "\r\u{1B}[3Ax\u{1B}[K\n\u{1B}[J")
  }

  @Test("control characters of labels cannot steer the terminal")
  func sanitized() {
    var view = LiveView()
    let text = view.draw(["a\u{1B}[2Jb"], on: Terminal(isTerminal: true, width: 40, height: 4))
    #expect(!text.contains("\u{1B}[2J"))
  }
}
