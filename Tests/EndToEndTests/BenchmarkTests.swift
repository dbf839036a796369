import Glibc
import TestSupport
import Testing

extension EndToEndTests {
  /// The forecaster's benchmarks on a small table: what the documents claim can be run again.
  @Suite(.needsPython) struct BenchmarkTests {
    private let directory: TemporaryDirectory
    private let table: String

    init() throws {
      directory = try TemporaryDirectory()
      table = try directory.write("waves.csv", Self.waves(rows: 420))
    }

    @Test("ablations: a row for each setting, the published forecasts' errors and the network's")
    func ablations() throws {
      let rows = try rows(
        of: "ablations",
        ["--from", "340", "--season", "24", "--seeds", "1", "--only", "as configured,trained once"])
      #expect(rows.count == 2)
      for row in rows {
        let numbers = row.dropFirst().compactMap(Double.init)
        try #require(numbers.count == 6, "\(rows)")
        #expect(numbers[0] > 0 && numbers[0] < 1, "MASE of a wave with noise: \(row)")
        #expect(numbers[1] > 0 && numbers[3] > 0.3 && numbers[4] >= numbers[3], "\(row)")
      }
    }

    @Test("level-shift: coverage, the least of a series, and the error beside the unshifted one")
    func levelShift() throws {
      // The third day to the sixteenth would not fit with days of 24 steps.
      let rows = try rows(
        of: "level-shift",
        ["--from", "240", "--to", "420", "--shift", "300", "--season", "6", "--seeds", "1"])
      #expect(rows.count == 1)
      let row = try #require(rows.first)
      let covered = try #require(row.dropFirst().first.flatMap { Double($0) })
      #expect(covered > 0.3 && covered <= 1)
      #expect(row[2].contains("(wave-") && row[3].contains(" = "), "\(row)")
    }

    @Test("cold-start: a row for each week, from the first on")
    func coldStart() throws {
      let rows = try rows(
        of: "cold-start", ["--to", "380", "--season", "24,168", "--seeds", "1"])
      #expect(rows.map(\.first) == ["1", "2", "3"])
      #expect(rows.allSatisfy { $0.count == 4 && $0[3].hasSuffix("%") }, "\(rows)")
    }

    @Test("cuts: says of each cut whether the forecasts are the same bytes")
    func cuts() throws {
      let output = try run(
        "cuts", ["--from", "340", "--season", "24", "--cuts", "1", "--cut-seed", "3"])
      #expect(output.contains("seed of the cuts: 3"), "\(output)")
      #expect(output.contains("the same bytes"), "\(output)")
    }

    /// The cells of the rows that a benchmark prints below its table's heading.
    private func rows(of benchmark: String, _ arguments: [String]) throws -> [[String]] {
      try run(benchmark, arguments).split(separator: "\n").filter { $0.hasPrefix("| ") }
        .dropFirst().map { row in
          row.split(separator: "|").map { cell in
            String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
          }
        }
    }

    private func run(_ benchmark: String, _ arguments: [String]) throws -> String {
      let outcome = try ChildProcess.run(
        [
          packageDirectory + "/Benchmarks/forecaster/" + benchmark, table, "--program",
          Programs.forecastd, "--horizon", "12", "--every", "6",
        ] + arguments, timeout: .seconds(180))
      try #require(outcome.end == .exited(0), "\(outcome.output)")
      return outcome.output
    }

    /// A wide table of two hourly series, waves of a day with noise.
    private static func waves(rows: Int) -> String {
      var noise = SplitMix(seed: 7)
      var text = "time,wave-1,wave-2\n"
      for row in 0..<rows {
        let phase = 2 * Double.pi * Double(row) / 24
        text += "\(1_700_000_000_000 + row * 3_600_000)"
        for amplitude in [3.0, 5] { text += ",\(10 + amplitude * sin(phase) + noise.uniform())" }
        text += "\n"
      }
      return text
    }
  }
}
