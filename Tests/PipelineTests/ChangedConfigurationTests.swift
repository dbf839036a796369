import Forecasting
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

/// A daemon that ends, gets another configuration, and starts on the same log and directory.
private final class Upgrade {
  let log = MemoryLog(topic: "metrics", partitionCount: 1)
  let directory: TemporaryDirectory
  private(set) var rigs: [Rig] = []

  init() throws { directory = try TemporaryDirectory() }

  /// Runs a process to the log's end and lets it end cleanly.
  @discardableResult
  func run(_ streams: [StreamSettings]) throws -> Worker {
    let rig = Rig(
      pipeline(streams, tickAfter: nil, snapshotEvery: nil), log: log)
    rig.snapshots = try SnapshotStore(directory: directory.path)
    rigs.append(rig)
    var worker = rig.worker()
    try worker.runToEnd()
    try worker.shutDown()
    return worker
  }

  func append(_ steps: Range<Int>, series: Int = 4, named name: String = "wave") {
    log.appendWaves(series: series, steps: steps, seed: 7, name: name, isClean: true)
  }

  var warnings: [String] { rigs.last?.warnings.lines ?? [] }
  func forecasts(_ rig: Int, of series: String = "wave") -> [String] {
    transcript(rigs[rig].records, of: [.forecasts]).filter { $0.hasPrefix("forecasts \(series)") }
  }
  func previousFiles() throws -> [String] {
    try directory.contents().filter { $0.hasSuffix(".previous") }
  }
}

@Suite("what a changed configuration keeps of a snapshot")
struct ChangedConfigurationTests {
  private let steps = (first: 0..<120, second: 120..<160)

  private func waves() throws -> StreamSettings { try stream("waves", ["wave*"]) }
  private func tides() throws -> StreamSettings { try stream("tides", ["tide*"]) }

  /// The forecasts of the second process, with one configuration throughout.
  private func unchanged(_ streams: [StreamSettings]) throws -> [String] {
    let upgrade = try Upgrade()
    upgrade.append(steps.first)
    try upgrade.run(streams)
    upgrade.append(steps.second)
    try upgrade.run(streams)
    #expect(upgrade.warnings.isEmpty)
    #expect(try upgrade.previousFiles().isEmpty)
    return upgrade.forecasts(1)
  }

  @Test("a stream that is added leaves the others as they are, byte for byte")
  func added() throws {
    let upgrade = try Upgrade()
    upgrade.append(steps.first)
    try upgrade.run([try waves()])
    upgrade.append(steps.second)
    // Before the other in the list, so that numbers of streams change too.
    try upgrade.run([try tides(), try waves()])
    expectSame(upgrade.forecasts(1), try unchanged([try waves()]))
    #expect(upgrade.warnings.isEmpty)
    #expect(try upgrade.previousFiles().isEmpty)
  }

  @Test("a stream that is removed leaves the others as they are, and its snapshot is kept")
  func removed() throws {
    let upgrade = try Upgrade()
    upgrade.append(steps.first)
    upgrade.append(steps.first, series: 2, named: "tide")
    try upgrade.run([try tides(), try waves()])
    upgrade.append(steps.second)
    try upgrade.run([try waves()])
    let kept = try upgrade.previousFiles()
    #expect(kept.count == 1)
    #expect(upgrade.warnings.contains { $0.contains("tides") && $0.contains(kept[0]) })

    let other = try Upgrade()
    other.append(steps.first)
    other.append(steps.first, series: 2, named: "tide")
    try other.run([try tides(), try waves()])
    other.append(steps.second)
    try other.run([try tides(), try waves()])
    expectSame(upgrade.forecasts(1), other.forecasts(1))
  }

  @Test("a stream that is renamed keeps its series")
  func renamed() throws {
    let upgrade = try Upgrade()
    upgrade.append(steps.first)
    try upgrade.run([try waves()])
    upgrade.append(steps.second)
    try upgrade.run([try stream("swell", ["wave*"])])
    let expected = try unchanged([try waves()]).map {
      $0.replacing("\"stream\":\"waves\"", with: "\"stream\":\"swell\"")
    }
    expectSame(upgrade.forecasts(1), expected)
  }

  @Test("series that the patterns give to another stream leave their old one without a step")
  func moved() throws {
    let upgrade = try Upgrade()
    upgrade.append(steps.first)
    try upgrade.run([try waves()])
    upgrade.append(steps.second)
    let streams = [try stream("first", ["wave0"]), try waves()]
    try upgrade.run(streams)
    // The moved series begins anew: its first forecast needs two values.
    #expect(upgrade.forecasts(1).count == 4 * steps.second.count - 2)
    #expect(upgrade.forecasts(1, of: "wave0").allSatisfy { $0.contains("\"stream\":\"first\"") })
    let others = try unchanged([try waves()]).filter { !$0.hasPrefix("forecasts wave0") }
    expectSame(upgrade.forecasts(1).filter { !$0.hasPrefix("forecasts wave0") }, others)
    // What has moved once is no loss at the next start.
    #expect(upgrade.warnings.count == 1)
    try upgrade.run(streams)
    #expect(upgrade.warnings.isEmpty)
  }

  @Test("another lateness keeps every table, and forecasts go on without a gap", arguments: [1, 3])
  func lateness(intervals: Int64) throws {
    let upgrade = try Upgrade()
    upgrade.append(steps.first)
    var settings = try waves()
    settings.alignment.allowedLateness = (4 - intervals) * Rig.interval
    try upgrade.run([settings])
    upgrade.append(steps.second)
    settings.alignment.allowedLateness = intervals * Rig.interval
    try upgrade.run([settings])
    let times = (upgrade.forecasts(0, of: "wave1") + upgrade.forecasts(1, of: "wave1")).compactMap {
      $0.firstMatch(of: /"time":(\d+)/).flatMap { Milliseconds($0.1) }
    }
    #expect(times.count > 150)
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == Rig.interval })
    #expect(upgrade.forecasts(1).allSatisfy { $0.contains("\"warming\":false") })
  }

  @Test("another horizon re-warms what depends on it, and keeps the histories to train on")
  func horizon() throws {
    let upgrade = try Upgrade()
    upgrade.append(steps.first)
    try upgrade.run([try waves()])
    upgrade.append(steps.second)
    var settings = try waves()
    settings.model.horizon = 5
    let worker = try upgrade.run([settings])
    #expect(
      worker.trainingStore(ofStream: 0).dataset().series.map(\.values.count) == [
        159, 159, 159, 159,
      ])
    #expect(upgrade.warnings.count == 1)
    #expect(upgrade.warnings.first?.contains("the calibration") == true)
    #expect(try upgrade.previousFiles().count == 1)
    #expect(upgrade.forecasts(1).count == 4 * steps.second.count)
  }

  @Test(
    "another network's states are rebuilt from the histories, and forecasts go on without a gap")
  func hidden() throws {
    let upgrade = try Upgrade()
    upgrade.append(steps.first)
    try upgrade.run([try waves()])
    upgrade.append(steps.second)
    var settings = try waves()
    settings.model.hiddenSize = 6
    try upgrade.run([settings])
    #expect(upgrade.warnings.count == 1)
    #expect(upgrade.warnings.first?.contains("rebuilt from the histories") == true)
    #expect(upgrade.forecasts(1).count == 4 * steps.second.count)
    #expect(upgrade.forecasts(1).allSatisfy { $0.contains("\"warming\":false") })
  }

  @Test("another interval begins anew from the log where nothing can be kept")
  func interval() throws {
    let upgrade = try Upgrade()
    upgrade.append(steps.first)
    try upgrade.run([try waves()])
    upgrade.append(steps.second)
    try upgrade.run([try stream("waves", ["wave*"], interval: 2 * Rig.interval)])
    #expect(upgrade.warnings.contains { $0.contains("the interval was") })
    #expect(!upgrade.forecasts(1).isEmpty)
  }

  @Test("without the group's offsets the state is that of the snapshot, and the log says so")
  func offsetsGone() throws {
    let upgrade = try Upgrade()
    upgrade.append(steps.first)
    try upgrade.run([try waves()])
    upgrade.log.forgetCommits()
    upgrade.append(steps.second)
    try upgrade.run([try waves()])
    expectSame(upgrade.forecasts(1), try unchanged([try waves()]))
    #expect(upgrade.warnings.count == 1)
    #expect(upgrade.warnings.first?.contains("no offset") == true)
  }
}
