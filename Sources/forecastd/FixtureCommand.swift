import CommandLineInterface
import FixtureGenerator
import MetricFormats
import TimeSeries

/// `forecastd fixture generate` — synthetic metrics whose anomalies are known.
enum FixtureCommand: Command {
  private static let output = Option(
    "output", short: "o", required: .directory, help: "Write the files into DIR.")
  private static let seed = Option(
    "seed", .integer(in: 0...Int.max), default: 1, help: "The same seed gives the same files.")
  private static let series = Option(
    "series", .integer(in: 1...100_000), default: 12, help: "Number of series.")
  private static let steps = Option(
    "steps", .integer(in: 1...10_000_000), default: 2_016, help: "Number of steps of each series.")
  private static let interval = Option(
    "interval", .duration(in: .seconds(1) ... .seconds(86_400)), default: .seconds(300),
    help: "Time from step to step, whole seconds.")
  private static let format = Option(
    "format", .choice(of: FixtureFormat.self), default: .influx, help: "Format of the metrics.")
  private static let start = Option(
    "start", ValueType<Int64>.instant, default: FixtureSpecification.defaultStartSeconds,
    help: "Time of the first step, UTC. Brokers delete what is older than a topic's retention.")
  private static let shapes = Option(
    "shapes", .text.named("LIST"),
    help: "Only series of these shapes, separated by commas, of "
      + SeriesShape.allCases.map(\.rawValue).joined(separator: ", ") + ". Default: all in turn.")

  static let declaration = CommandDeclaration(
    name: "fixture", summary: "Make synthetic metrics for tests",
    subcommands: [
      CommandDeclaration(
        name: "generate", summary: "Generate series with known seasons, faults and anomalies",
        discussion: """
          Writes metrics, labels.csv with their anomalies, and events.csv with changes that are no \
          anomalies. The series have seasons, gaps, counter resets, drifts and level shifts; there are \
          zero-inflated, binary, constant, huge and tiny values.
          """,
        options: [output, seed, series, steps, interval, start, format, shapes],
        examples: [Example("forecastd fixture generate -o fixture", "a week at five minutes")])
    ])

  static func run(_ parsed: Parsed) throws {
    let chosen = try (parsed[shapes]?.split(separator: ",") ?? []).map { name in
      guard let shape = SeriesShape(rawValue: String(name)) else {
        throw CommandError(
          description: "there is no shape '\(name)'; see 'forecastd fixture generate --help'",
          exitStatus: UsageError.exitStatus)
      }
      return shape
    }
    let specification = try FixtureSpecification(
      seed: UInt64(parsed[seed]), series: parsed[series], steps: parsed[steps],
      intervalSeconds: Int(parsed[interval].components.seconds),
      startSeconds: parsed[start], shapes: chosen.isEmpty ? SeriesShape.allCases : chosen)
    let fixture = GeneratedFixture(specification)
    try fixture.write(to: parsed[output], format: parsed[format])
    writeOutput("wrote \(fixture.series.count) series to \(parsed[output])\n")
  }
}

extension ValueType where Value == Int64 {
  /// A time in UTC, `2025-01-06T00:00:00Z`, as seconds since 1970.
  fileprivate static var instant: Self {
    Self(
      placeholder: "TIME", completions: .nothing,
      parse: { (text) throws(ValueProblem) in
        // Other forms of a time do not come out as they went in.
        guard let time = TimestampUnit.milliseconds(ofDateTime: text),
          TimeText.text(time) == text, time % 1000 == 0
        else {
          throw ValueProblem("it is not a time in UTC such as 2025-01-06T00:00:00Z")
        }
        return time / 1000
      }, describe: { TimeText.text(1000 * $0) })
  }
}
