import Pipeline
import PipelineTesting
import Testing
import TimeSeries

@Suite("one input gives one output")
struct DeterminismTests {
  /// Everything committed, with a batch limit.
  private func run(
    batch: Int, _ streams: [StreamSettings], _ fill: (MemoryLog) -> Void
  ) throws -> Rig {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    fill(log)
    let rig = Rig(
      pipeline(streams, batch: batch, tickAfter: nil, snapshotEvery: nil), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    return rig
  }

  @Test("outputs are the same bytes whatever the batch limit")
  func batches() throws {
    func fill(_ log: MemoryLog) { log.appendWaves(series: 5, steps: 0..<150, seed: 11) }
    let reference = try run(batch: 1, [stream()], fill)
    #expect(!reference.records(of: .anomalies).isEmpty)
    #expect(!reference.records(of: .deadLetters).isEmpty)
    for batch in [7, 100, 2_048] {
      let other = try run(batch: batch, [stream()], fill)
      expectSame(transcript(other.records), transcript(reference.records), "batch of \(batch)")
    }
  }

  @Test("outputs of several intervals, with trainings between, are the same bytes for any batch")
  func streamsAndTraining() throws {
    func fill(_ log: MemoryLog) {
      for step in 0..<40 {
        log.appendWaves(
          series: 2, steps: step * 5..<step * 5 + 5, seed: 5, interval: 1_000, name: "fast")
        log.appendWaves(
          series: 2, steps: step * 2..<step * 2 + 2, seed: 6, interval: 2_500, name: "slow")
      }
    }
    let schedule = try Schedule(every: 40_000)
    let streams = [
      try stream("slow", ["slow*"], interval: 2_500),
      try stream("fast", interval: 1_000, retraining: schedule),
    ]
    let reference = try run(batch: 1, streams, fill)
    #expect(reference.records(of: .reports).count >= 3)
    #expect(reference.records(of: .forecasts).contains { $0[header: "model"] != "0" })
    for batch in [7, 100, 2_048] {
      let other = try run(batch: batch, streams, fill)
      expectSame(transcript(other.records), transcript(reference.records), "batch of \(batch)")
    }
  }

  @Test("each series of several partitions has the same bytes whatever the batch limit")
  func partitions() throws {
    func run(batch: Int) throws -> [String] {
      let log = MemoryLog(topic: "metrics", partitionCount: 3)
      for partition in 0..<3 {
        log.appendWaves(
          series: 3, steps: 0..<80, seed: UInt64(partition), partition: partition,
          name: "p\(partition)-")
      }
      let rig = Rig(untimedPipeline(try stream(), batch: batch), log: log)
      var worker = rig.worker()
      try worker.runToEnd()
      #expect(log.ids.map { log.committed[$0]?.offset } == log.partitions.map { Int64($0.count) })
      return transcriptBySeries(rig.records)
    }
    let reference = try run(batch: 1)
    for batch in [13, 2_048] {
      expectSame(try run(batch: batch), reference, "batch of \(batch)")
    }
  }

  @Test("a long jump of time closes a series' buckets in one call, in their order")
  func jump() throws {
    func fill(_ log: MemoryLog) {
      log.appendWaves(series: 3, steps: 0..<30, seed: 1, isClean: true)
      log.appendWaves(series: 2, steps: 50..<70, seed: 1, isClean: true)
      log.appendWaves(series: 3, steps: 200..<230, seed: 1, isClean: true)
    }
    let reference = try run(batch: 1, [stream()], fill)
    // 20 missing buckets become masked steps. Time passes them at once, so that only the newest has a
    // forecast; it has those of the 32 before dormancy too.
    let times = reference.records(of: .forecasts).filter { text($0.key) == "wave0" }
      .map { (Int64(number("time", in: $0) ?? 0) - Rig.start) / 1_000 }
    #expect(Array(times.prefix(51)) == Array(2...30) + Array(50...70) + [102])
    let other = try run(batch: 1_000, [stream()], fill)
    expectSame(transcript(other.records), transcript(reference.records))
  }
}
