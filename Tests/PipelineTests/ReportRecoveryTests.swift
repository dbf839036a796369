import Forecasting
import FoundationEssentials
import Pipeline
import PipelineTesting
import TestSupport
import Testing

@Suite("reports over an end of the process")
struct ReportRecoveryTests {
  private let directory: TemporaryDirectory
  private let store: ModelStore

  init() throws {
    directory = try TemporaryDirectory()
    store = try ModelStore(directory: directory.path)
  }

  /// A start: the registry as the daemon sets it up.
  private func start(log: PipelineLog = .silent) throws -> ModelRegistry {
    let models = ModelRegistry(store: store)
    models.installNewest(of: try stream(), from: store, log: log)
    models.takeUpReports(of: "all", from: store, log: log)
    return models
  }

  /// The versions of the reports that a worker publishes, with what is left on disk afterwards.
  private func published(by models: ModelRegistry) throws -> (versions: [Double?], left: [String]) {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    let rig = Rig(untimedPipeline(try stream()), log: log, models: models)
    var worker = rig.worker()
    try worker.run(turns: 3)
    return (
      rig.records(of: .reports).map { number("model", in: $0) },
      try directory.contents().filter { $0.hasSuffix(".report") }
    )
  }

  @Test("a report that a process has not published is published by the next one, once")
  func unpublished() throws {
    let first = try start()
    try first.conclude(try trainingReport(version: 1), challenger: try model(1))
    try first.conclude(
      try trainingReport(version: 2, isAdopted: false), challenger: try model(2))
    #expect(try directory.contents() == ["all-1.report", "all-1.safetensors", "all-2.report"])

    let second = try start()
    #expect(second.champion(of: "all")?.version == 1)
    #expect(second.nextVersion(of: "all") == 3, "the refused model's number is not used again")
    let (versions, left) = try published(by: second)
    #expect(versions == [1, 2])
    #expect(left == [])
    #expect(try published(by: try start()).versions == [])
  }

  @Test("a report whose model is not on disk is not published")
  func withoutModel() throws {
    let first = try start()
    try first.conclude(try trainingReport(version: 1), challenger: try model(1))
    try directory.remove("all-1.safetensors")
    let (versions, left) = try published(by: try start())
    #expect(versions == [] && left == [])
  }

  @Test("a report that cannot be read keeps no other from being published")
  func damaged() throws {
    let first = try start()
    for version in 1...2 {
      try first.conclude(try trainingReport(version: version), challenger: try model(version))
    }
    try directory.write("all-1.report", "damaged")
    let warnings = Collected()
    let log = PipelineLog { _, message, fields in warnings.append("\(message) \(fields)") }
    let (versions, left) = try published(by: try start(log: log))
    #expect(versions == [2] && left == ["all-1.report"])
    #expect(warnings.lines.count == 1)
    #expect(warnings.lines.first?.contains("all-1.report") == true)
  }
}

/// A report on a training of the stream "all".
func trainingReport(version: Int = 1, isAdopted: Bool = true) throws -> TrainingReport {
  let text = """
    {"stream": "all", "championVersion": 0, "challengerVersion": \(version),
     "adopted": \(isAdopted), "reason": "schedule", "isFull": true, "trainedThrough": 1,
     "evaluatedFrom": 2, "evaluatedThrough": 3, "championLoss": 1, "challengerLoss": 0.5,
     "evaluatedTargets": 1, "series": 1, "steps": 1, "samples": 1, "trainingLoss": 1,
     "gradientNormMean": 1, "gradientNormMax": 1, "clippedShare": 0, "skippedSteps": 0,
     "learningRate": 0.001, "seconds": 1, "digest": "0"}
    """
  return try JSONDecoder().decode(TrainingReport.self, from: Data(text.utf8))
}
