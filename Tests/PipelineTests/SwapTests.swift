import Forecasting
import Metrics
import Pipeline
import PipelineTesting
import Synchronization
import Testing
import TimeSeries

/// Moves on each time it is looked at, as if everything in between took that long.
private final class SlowClock: PipelineClock {
  private let nanoseconds = Mutex<Int64>(Rig.start * 1_000_000)
  private let pace: Int64

  init(milliseconds pace: Int64) { self.pace = pace * 1_000_000 }

  func now() -> Milliseconds { nanoseconds.withLock { $0 / 1_000_000 } }

  func monotonicNanoseconds() -> Int64 {
    nanoseconds.withLock {
      $0 += pace
      return $0
    }
  }
}

@Suite("swapping models in slices")
struct SwapTests {
  private static let seriesCount = 300

  /// Steps under the old model, a swap, and steps under the new one; what was written, and the turns
  /// from the offer to the adoption.
  private func run(
    _ clock: any PipelineClock, batch: Int, seasons: [Int] = []
  ) throws -> (records: [String], turns: Int) {
    let stream = try stream()
    let models = ModelRegistry(store: nil)
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: Self.seriesCount, steps: 0..<40, seed: 1, isClean: true)
    let sink = MemorySink(log: log)
    let metrics = PipelineMetrics(registry: MetricsRegistry())
    var worker = Worker(
      settings: untimedPipeline(stream, batch: batch),
      inputs: InputDecoders([.init(topic: log.topic, format: Rig.json)]),
      source: MemorySource(log: log), sink: sink, clock: clock, models: models,
      metrics: metrics, snapshots: nil, log: .silent, trainer: nil)
    try worker.runToEnd()
    let untrained = try #require(models.champion(of: "all"))
    var settings = untrained.settings
    settings.seasons = seasons
    models.install(
      ForecastModel(
        stream: "all", version: 1, trainedThrough: Rig.start, fullTrainingSteps: 1,
        settings: settings,
        network: ForecastModel.untrained(stream: "all", settings: settings, seed: 99).network))
    var turns = 0
    while !events(log).contains(
      .init(offset: Int64(40 * Self.seriesCount), kind: .model(stream: "all", version: 1)))
    {
      try #require(turns < 100)
      try worker.run(turns: 1)
      turns += 1
    }
    log.appendWaves(series: Self.seriesCount, steps: 40..<50, seed: 1, isClean: true)
    try worker.runToEnd()
    return (transcript(sink.records), turns)
  }

  private func events(_ log: MemoryLog) -> [PartitionEvent] {
    log.committed[log.ids[0]].flatMap { CommitMetadata(text: $0.metadata) }?.events ?? []
  }

  @Test(
    "a swap's slice ends when its time is over, and outputs do not depend on that",
    arguments: [[], [12]])
  func slices(seasons: [Int]) throws {
    // At once, in slices of a few blocks, and in slices of one.
    let swift = try run(ManualClock(milliseconds: Rig.start), batch: 500, seasons: seasons)
    let slow = try run(SlowClock(milliseconds: 6), batch: 500, seasons: seasons)
    let slowest = try run(SlowClock(milliseconds: 21), batch: 37, seasons: seasons)
    #expect(swift.turns <= 2)
    #expect(slow.turns > swift.turns)
    #expect(slowest.turns >= slow.turns)
    expectSame(slow.records, swift.records)
    expectSame(slowest.records, swift.records)
    #expect(swift.records.contains { $0.contains("model=1") })
    #expect(swift.records.contains { $0.contains("model=0") })
  }
}
