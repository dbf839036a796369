import Forecasting
import MetricFormats
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

@Suite("streams whose time is an index")
struct IndexTests {
  private func indexStream() throws -> StreamSettings {
    var stream = try stream(retraining: try Schedule(every: 20))
    stream.takeTimeAsIndex(interval: 1)
    return stream
  }

  private func rig(_ settings: PipelineSettings, log: MemoryLog) throws -> Rig {
    let rig = Rig(settings, log: log)
    rig.format = try InputFormat(name: "json", options: FormatOptions(timestampUnit: .milliseconds))
    return rig
  }

  @Test("series with an index count for themselves, no clock closes them, and records are of today")
  func ownCounts() throws {
    let settings = pipeline([try indexStream()], tickAfter: 30_000, snapshotEvery: nil)
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    for step in 0..<120 {
      let recordTime = Rig.start + Int64(step)
      let value = 5 + Double(step % 7)
      log.append(
        value: point("old", time: 1_000_000 + Int64(step), value: value), recordTime: recordTime)
      log.append(value: point("new", time: Int64(step), value: value), recordTime: recordTime)
    }
    let rig = try rig(settings, log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    let before = rig.records(of: .forecasts)
    #expect(DropReason.allCases.allSatisfy { rig.metrics.drops[$0] == 0 })
    // From the second value on, each of both has its forecast at once.
    #expect(before.count == 2 * 119)
    #expect(before.map(\.timestamp) == before.map(\.timestamp).sorted())
    #expect(before.allSatisfy { $0.timestamp >= Rig.start })
    let newest = try #require(before.last { text($0.key) == "new" })
    #expect(number("time", in: newest) == 120)
    // It is trained by the index.
    #expect((rig.models.champion(of: "all")?.version ?? 0) > 0)
    rig.clock.advance(milliseconds: 3_600_000)
    try worker.run(turns: 4)
    #expect(rig.records(of: .forecasts).count == before.count)
    let events = log.committed[log.ids[0]].flatMap { CommitMetadata(text: $0.metadata) }?.events
    #expect(try #require(events).allSatisfy { if case .tick = $0.kind { false } else { true } })
  }

  @Test("a model with a calendar is not taken, which is said, and its number is not used again")
  func otherCalendar() throws {
    let directory = try TemporaryDirectory()
    let store = try ModelStore(directory: directory.path)
    var settings = try stream()
    settings.model.seasons = [7]
    let trained = ForecastModel(
      stream: settings.name, version: 4, trainedThrough: 1, fullTrainingSteps: 1,
      settings: settings.model,
      network: ForecastModel.untrained(stream: "all", settings: settings.model, seed: 1).network)
    try store.save(trained)
    settings.takeTimeAsIndex(interval: Rig.interval)
    let registry = ModelRegistry(store: store)
    let warnings = Collected()
    registry.installNewest(
      of: settings, from: store,
      log: PipelineLog { _, message, fields in warnings.append("\(message) \(fields)") })
    #expect(registry.champion(of: "all") == nil)
    #expect(warnings.lines.count == 1)
    #expect(warnings.lines.allSatisfy { $0.contains("calendar of UTC") })
    #expect(registry.nextVersion(of: "all") == 5)
  }
}
