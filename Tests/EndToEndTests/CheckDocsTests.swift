import TestSupport
import Testing

/// The check that keeps the documents true, on packages of a few lines.
@Suite struct CheckDocsTests {
  private let package: TemporaryDirectory

  init() throws {
    package = try TemporaryDirectory()
    try package.write(
      "Sources/Engine/Room/Wheel.swift",
      """
      package struct Wheel {
        case spoke, rim(Int, String), hub
        func turn() { count("forecastd_turns_total", "forecastd_turn_seconds") }
      }
      """)
    try package.write("docs/engine.md", "")
  }

  @Test("what is there may be named")
  func right() throws {
    try package.write(
      "README.md",
      """
      [engine](docs/engine.md#chapter), [elsewhere](https://example.org/none) and `docs/engine.md`.
      `Wheel`, `Wheel.turn()`, `Wheel.rim`, `Wheel.hub`, `Engine`, a span over `
      Wheel` lines; `Wheel.swift`, `Engine/Wheel.swift`, `Engine/Room/Wheel.swift`, `Wh*.swift`.
      Names of others: `StepLR`, `CreateTime`; no names of types: `ABC`, `wheel.none`, `--option Xy`.
      forecastd_turns_total and `forecastd_turn_seconds_bucket`.

          `forecastd_turn_seconds`

      ```
      `Nowhere`, `None.swift`
      ```
      """)
    let outcome = try check()
    #expect(outcome.output == "")
    #expect(outcome.end == .exited(0))
  }

  @Test("each fault is told with its file and line")
  func wrong() throws {
    try package.write(
      "README.md",
      """
      [gone](docs/gone.md), `docs/gone.md`,
      `Spoke`, `Wheel.brake`, a span over `
      Axle` lines,
      `Axle.swift`, `Room/Engine/Wheel.swift`, `Axle*.swift`,
      `forecastd_brakes_total`.
      An open ` tick ends with its paragraph.

      `Tyre`
      """)
    // Only links and paths are checked in documents that are not about the sources.
    try package.write("Sources/notes.md", "[up](../READ.md) `Nowhere`")
    let outcome = try check()
    let faults = outcome.output.split(separator: "\n").map(String.init)
    #expect(
      faults == [
        "README.md:1: links to docs/gone.md, which is not there",
        "README.md:1: names docs/gone.md, which is not there",
        "README.md:2: names Spoke, which is declared nowhere",
        "README.md:2: names Wheel.brake, but brake is declared nowhere",
        "README.md:3: names Axle, which is declared nowhere",
        "README.md:4: names Axle.swift, which is not there",
        "README.md:4: names Room/Engine/Wheel.swift, which is not there",
        "README.md:4: names Axle*.swift, which nothing matches",
        "README.md:5: names the metric forecastd_brakes_total, which nothing registers",
        "README.md:8: names Tyre, which is declared nowhere",
        "Sources/notes.md:1: links to ../READ.md, which is not there",
        "check-docs: the faults above",
      ])
    #expect(outcome.end == .exited(1))
  }

  @Test("docs/metrics.md names every metric, once it is there")
  func metrics() throws {
    try package.write("docs/metrics.md", "`forecastd_turns_total`")
    let outcome = try check()
    let place = "Sources/Engine/Room/Wheel.swift:3"
    let fault = "\(place): the metric forecastd_turn_seconds is not in docs/metrics.md\n"
    #expect(outcome.output.hasPrefix(fault))
    #expect(outcome.end == .exited(1))
  }

  private func check() throws -> ChildProcess.Outcome {
    try ChildProcess.run([packageDirectory + "/scripts/check-docs", package.path])
  }
}
