import CommandLineInterface
import FixtureGenerator
import Glibc

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
          Writes metrics, labels.csv (what is anomalous) and events.csv (what only looks so): seasons, \
          gaps, counter resets, drifts and level shifts, zero-inflated, binary, constant, huge and tiny \
          values.
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
        guard let seconds = secondsSince1970(text) else {
          throw ValueProblem("it is not a time in UTC such as 2025-01-06T00:00:00Z")
        }
        return seconds
      }, describe: { FixtureTime.text($0) })
  }
}

private func secondsSince1970(_ text: String) -> Int64? {
  let numbers = text.split { !$0.isNumber }.compactMap { Int32($0) }
  guard numbers.count == 6 else { return nil }
  var parts = tm()
  parts.tm_year = numbers[0] - 1900
  parts.tm_mon = numbers[1] - 1
  parts.tm_mday = numbers[2]
  parts.tm_hour = numbers[3]
  parts.tm_min = numbers[4]
  parts.tm_sec = numbers[5]
  let seconds = Int64(timegm(&parts))
  // Other forms, and days that no month has, do not come out as they went in.
  return FixtureTime.text(seconds) == text ? seconds : nil
}
