import CommandLineInterface
import FixtureGenerator

/// `forecastd fixture generate` — synthetic metrics whose anomalies are known.
enum FixtureCommand: Command {
  private static let output = Option(
    "output", short: "o", required: .directory, help: "Write the files into DIR.")
  private static let seed = Option(
    "seed", .integer(in: 0...Int.max), default: 1, help: "The same seed gives the same files.")
  private static let series = Option(
    "series", .integer(in: 1...100_000), default: 12, help: "How many series.")
  private static let steps = Option(
    "steps", .integer(in: 1...10_000_000), default: 2_016, help: "How many steps each.")
  private static let interval = Option(
    "interval", .duration(in: .seconds(1) ... .seconds(86_400)), default: .seconds(300),
    help: "Time from step to step, whole seconds.")
  private static let format = Option(
    "format", .choice(of: FixtureFormat.self), default: .influx, help: "Form of the metrics.")
  private static let shapes = Option(
    "shape", repeated: .choice(of: SeriesShape.self),
    help: "Only series of this shape; may be repeated. Default: all in turn.")

  static let declaration = CommandDeclaration(
    name: "fixture", summary: "Make synthetic metrics for tests",
    subcommands: [
      CommandDeclaration(
        name: "generate", summary: "Generate series with known seasons, faults and anomalies",
        discussion: """
          Writes metrics, labels.csv (what is anomalous) and events.csv (what only looks so): seasons, \
          gaps, counter resets, drifts and level shifts, zero-inflated, binary, constant, huge and tiny \
          values.
          """,
        options: [output, seed, series, steps, interval, format, shapes],
        examples: [Example("forecastd fixture generate -o fixture", "a week at five minutes")])
    ])

  static func run(_ parsed: Parsed) throws {
    let chosen = parsed[shapes]
    let specification = try FixtureSpecification(
      seed: UInt64(parsed[seed]), series: parsed[series], steps: parsed[steps],
      intervalSeconds: Int(parsed[interval].components.seconds),
      shapes: chosen.isEmpty ? SeriesShape.allCases : chosen)
    let fixture = GeneratedFixture(specification)
    try fixture.write(to: parsed[output], format: parsed[format])
    writeOutput("wrote \(fixture.series.count) series to \(parsed[output])\n")
  }
}
