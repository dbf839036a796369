import Backtest
import Forecasting
import FoundationEssentials
import MetricFormats
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

/// What a daemon's start takes up of what `train --history` has left.
@Suite("The first start after training on history")
struct TakenHistoryTests {
  @Test("a daemon's first training draws on the history, whatever partition a series is in")
  func firstTraining() throws {
    let scene = try Scene()
    let taken = try #require(try scene.store.history(of: scene.settings.streams[0]))
    #expect(taken.keptSeries == 3 && taken.longestHistory == Scene.historySteps)
    // Far fewer steps than a training needs.
    scene.produce(steps: 15)
    let reports = try scene.run()
    #expect(reports.map(\.model) == [2] && reports.map(\.reason) == ["schedule"])
    let report = try #require(reports.first)
    #expect(report.samples > 0)
    #expect(report.trainedThrough < Scene.time(Scene.historySteps))
  }

  @Test("a daemon that starts without the history's file has nothing to train on")
  func nothingLeft() throws {
    let scene = try Scene()
    try scene.directory.remove("state/models/sample.history")
    scene.produce(steps: 15)
    #expect(try scene.run() == [])
  }

  @Test("the history of a stream that had another interval is not used")
  func otherInterval() throws {
    let scene = try Scene()
    let training = scene.settings.streams[0].training
    try scene.store.saveHistory(
      TrainingStore(interval: 60_000, settings: training), stream: "sample")
    #expect(throws: ModelStoreError.self) {
      try scene.store.history(of: scene.settings.streams[0])
    }
    scene.produce(steps: 15)
    #expect(try scene.run() == [])
  }

  @Test("a partition's snapshot goes before the history's file, which is read where there is none")
  func snapshotWins() throws {
    func digest(snapshots: Bool, isFileReplaced: Bool) throws -> String {
      let scene = try Scene()
      scene.produce(steps: 5)
      #expect(try scene.run(hasSnapshots: snapshots) == [])
      if isFileReplaced { try scene.replaceHistory() }
      scene.produce(steps: 15)
      return try #require(try scene.run(hasSnapshots: snapshots).first).digest
    }
    let fromSnapshot = try digest(snapshots: true, isFileReplaced: false)
    #expect(try digest(snapshots: true, isFileReplaced: true) == fromSnapshot)
    let fromFile = try digest(snapshots: false, isFileReplaced: false)
    #expect(try digest(snapshots: false, isFileReplaced: true) != fromFile)
  }
}

/// A new installation: a history that was trained on, and a topic that begins where it ends.
private final class Scene {
  static let interval: Milliseconds = 3_600_000
  static let historySteps = 300
  let directory: TemporaryDirectory
  let settings: PipelineSettings
  let store: ModelStore
  private let log = MemoryLog(topic: "metrics", partitionCount: 2)
  private var produced = 0

  static func time(_ step: Int) -> Milliseconds {
    SampleHistory.start + Int64(step) * Self.interval
  }

  init() throws {
    directory = try TemporaryDirectory()
    var settings = try HistoryTrainingTests.settings()
    settings.streams[0].retraining = try Schedule(every: 10 * Self.interval)
    settings.streams[0].retrainsOnDrift = false
    settings.commitIntervalMilliseconds = 0
    settings.idleMilliseconds = 0
    settings.isTransactional = true
    self.settings = settings
    let file = try directory.write(
      "history.csv", SampleHistory.table(SampleHistory.rows(Self.historySteps)))
    _ = try HistoryTraining(
      History(paths: [file]), configuration: settings, stateDirectory: directory.path + "/state"
    ).run(threads: 1)
    store = try ModelStore(directory: directory.path + "/state/models")
  }

  /// The history's series go on; one of them is in the second partition.
  func produce(steps end: Int) {
    let rows = SampleHistory.rows(Self.historySteps + end)
    for step in Self.historySteps + produced..<Self.historySteps + end {
      for (series, value) in rows[step].enumerated() {
        log.append(
          partition: series == 2 ? 1 : 0,
          value: """
            {"series":"series\(series)","labels":{},"timestamp":\(Self.time(step)),"value":\(value)}
            """, recordTime: Self.time(step))
      }
    }
    produced = end
  }

  /// A daemon's worker from start to stop.
  func run(hasSnapshots: Bool = true) throws -> [Report] {
    let models = ModelRegistry(store: store)
    models.installNewest(of: settings.streams[0], from: store, log: .silent)
    let sink = MemorySink(log: log)
    let snapshots =
      hasSnapshots ? try SnapshotStore(directory: directory.path + "/state/partitions") : nil
    var worker = Worker(
      settings: settings,
      inputs: InputDecoders([.init(topic: log.topic, format: try InputFormat(name: "json"))]),
      source: MemorySource(log: log), sink: sink, clock: ManualClock(), models: models,
      metrics: PipelineMetrics(registry: MetricsRegistry()), snapshots: snapshots, log: .silent,
      trainer: nil)
    try worker.runToEnd()
    try worker.shutDown()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try sink.records.filter { $0.topic == .reports }.map {
      try decoder.decode(Report.self, from: Data($0.value))
    }
  }

  /// As a later `train --history` on other values would.
  func replaceHistory() throws {
    var other = TrainingStore(interval: Self.interval, settings: settings.streams[0].training)
    for series in 0..<3 {
      let index = other.index(ofKey: Array("series\(series)".utf8))
      for step in 0..<Self.historySteps {
        other.append(series: index, time: Self.time(step), value: Double(step * step % 17))
      }
    }
    try store.saveHistory(other, stream: "sample")
  }
}

private struct Report: Decodable, Equatable {
  var model: Int
  var reason: String
  var trainedThrough: Milliseconds
  var samples: Int
  var digest: String
}
