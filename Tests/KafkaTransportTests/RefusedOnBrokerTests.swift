import KafkaClient
import KafkaTestBroker
import KafkaTransport
import Pipeline
import TestSupport
import Testing
import TimeSeries

extension KafkaTransportTests {
  @Test("records that fit their topic one by one are not refused as a batch, if its bound is known")
  func batches() throws {
    let broker = try KafkaTestBroker.shared()
    let input = try broker.createTopic("input")
    let output = try broker.createTopic(
      "output", configuration: ["max.message.bytes": "2000", "retention.ms": "-1"])
    try produce(broker.configuration, input, ["a"])
    let member = try Member(
      broker.configuration, group: KafkaTestBroker.uniqueName("group"), input: input,
      output: output, isTransactional: true, bytesMaximum: 2_000)
    _ = try member.read(1)
    let headers = RecordHeaders([RecordHeader("model", "3")]).byteCount
    let room = member.sink.recordBytesMaximum(of: .forecasts) - headers - "series".utf8.count
    #expect((1_700..<2_000).contains(room))
    let values = (0..<500).map { noise(bytes: room, seed: UInt64($0)) }
    #expect(try member.commitAll(values.map { ($0, SystemClock().now()) }, attempts: 1) == 1)
    #expect(member.skipped.count == 0)
    member.close()
  }

  @Test("without transactions too, refused records are left out, and the others are written")
  func refusedAtLeastOnce() throws {
    let broker = try KafkaTestBroker.shared()
    let input = try broker.createTopic("input")
    let output = try broker.createTopic(
      "output", configuration: ["max.message.bytes": "4000", "retention.ms": "-1"])
    try produce(broker.configuration, input, ["a"])
    let group = KafkaTestBroker.uniqueName("group")
    let refusals = RefusedRecords()
    let now = SystemClock().now()
    var values = (0..<100).map { "value-\($0)" }
    values[40] = "large-" + noise(bytes: 9_000, seed: 4)
    var (attempts, outcomes): (Int, [SendOutcome]) = (0, [])
    while attempts < 10 {
      attempts += 1
      let member = try Member(
        broker.configuration, group: group, input: input, output: output, isTransactional: false,
        refusals: refusals)
      defer { member.close() }
      _ = try member.read(1)
      do throws(TransportError) {
        outcomes = []
        for value in values { outcomes.append(try member.send(value, time: now)) }
        try member.commit(1, metadata: "")
        #expect(member.skipped.count == 1)
        break
      } catch {
        // New clients, and no end of the process.
        guard case .rebuild = error else { throw error }
      }
    }
    #expect((2...5).contains(attempts))
    let refused = outcomes.indices.filter { outcomes[$0] != .sent }
    #expect(refused == [40])
    let reader = try Member(
      broker.configuration, group: KafkaTestBroker.uniqueName("group"), input: output,
      output: input, isTransactional: false)
    var found: Set<String> = []
    // An attempt that failed may have written some of them.
    while found.count < 99 {
      found.formUnion(
        try reader.read(1).compactMap { $0.split(separator: "=").last.map(String.init) })
    }
    values.remove(at: 40)
    #expect(found == Set(values))
    reader.close()
  }
}
