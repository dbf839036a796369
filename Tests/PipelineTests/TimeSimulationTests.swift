import Foundation
import Testing

@Suite("time, simulated")
struct TimeSimulationTests {
  /// The first forty and those that have found a mistake; more by `FORECASTD_SIMULATION_SEEDS`.
  private static var seeds: [UInt64] {
    let count = ProcessInfo.processInfo.environment["FORECASTD_SIMULATION_SEEDS"]
      .flatMap(UInt64.init)
    return Array(1...(count ?? 40)) + (count == nil ? [118, 210, 688] : [])
  }

  @Test(
    "scattered senders, wrong clocks, flushes, outages and dying processes: no point of a right clock is late, and every series is forecast as in perfect order"
  )
  func simulation() throws {
    for seed in Self.seeds {
      var simulation = try TimeSimulation(seed: seed)
      let outcome = try simulation.run()
      try #require(outcome.late.isEmpty, "seed \(seed), \(outcome.warnings)")
      let expected = try simulation.inOrder()
      for sender in simulation.senders where sender.isRight {
        let found = outcome.forecasts[sender.name] ?? []
        let wanted = expected.forecasts[sender.name] ?? []
        let length = min(found.count, wanted.count)
        try #require(length > TimeSimulation.steps - 6, "seed \(seed), \(sender.name)")
        let different = (0..<length).first { found[$0] != wanted[$0] }
        let message = different.map { "\(found[$0])\nin order: \(wanted[$0])" } ?? ""
        try #require(different == nil, "seed \(seed), \(message)")
      }
    }
  }
}
