import KafkaClient
import KafkaTestBroker
import KafkaTransport
import Pipeline
import Synchronization
import TestSupport
import Testing
import TimeSeries

@Suite(
  "Kafka as a worker's source and sink, on a real broker", .serialized, .timeLimit(.minutes(4)),
  .enabled(if: KafkaTestBroker.isAvailable, "\(KafkaTestBroker.unavailableReason)"))
struct KafkaTransportTests {
  @Test("records, offsets and metadata commit together; what is aborted leaves no trace")
  func transactions() throws {
    let broker = try KafkaTestBroker.shared()
    let input = try broker.createTopic("input")
    let output = try broker.createTopic("output", configuration: ["retention.ms": "-1"])
    let group = KafkaTestBroker.uniqueName("group")
    try produce(broker.configuration, input, ["a", "b", "c", "d"])
    let member = try Member(
      broker.configuration, group: group, input: input, output: output, isTransactional: true)
    #expect(try member.read(4) == ["0/0 a=a", "0/1 b=b", "0/2 c=c", "0/3 d=d"])
    let id = member.assigned[0]
    #expect(id == PartitionID(topic: input, partition: 0))
    #expect(try member.source.committed(id) == nil)
    #expect(try member.source.logRange(id) == 0..<4)
    #expect(try !member.source.clusterID().isEmpty)
    try member.readToEnd(id)

    try member.send("first")
    try member.commit(2, metadata: "f1;w=5;m=all:1@2")
    #expect(
      try member.source.committed(id) == CommittedOffset(offset: 2, metadata: "f1;w=5;m=all:1@2"))
    try member.send("aborted")
    try member.sink.abort()
    try member.sink.abort()  // nothing is open: no error
    try member.source.seek(id, to: 2)
    #expect(try member.read(2) == ["0/2 c=c", "0/3 d=d"])
    try member.send("second")
    try member.commit(4, metadata: "f1;w=6")
    try member.sink.commit([])  // nothing to say
    member.close()

    let reader = try Member(
      broker.configuration, group: KafkaTestBroker.uniqueName("reader"), input: output,
      output: input, isTransactional: false)
    #expect(
      try reader.read(2).map { $0.split(separator: " ")[1] } == ["series=first", "series=second"])
    // Behind the last record are the marks of its transaction, and those of an aborted one.
    try reader.readToEnd(reader.assigned[0])
    #expect(reader.source.findEnd(reader.assigned[0]) == .reached)
    try produce(broker.configuration, output, ["more"])
    #expect(reader.source.findEnd(reader.assigned[0]) == .notReached)
    reader.close()

    let next = try Member(
      broker.configuration, group: group, input: input, output: output, isTransactional: true)
    try produce(broker.configuration, input, ["e"])
    #expect(try next.read(1, from: .at(4)) == ["0/4 e=e"])
    #expect(try next.source.committed(id) == CommittedOffset(offset: 4, metadata: "f1;w=6"))
    next.close()
  }

  @Test("a paused partition waits, and offsets are found by time")
  func pauseAndTime() throws {
    let broker = try KafkaTestBroker.shared()
    let input = try broker.createTopic(
      "input", partitionCount: 2, configuration: ["retention.ms": "-1"])
    try produce(broker.configuration, input, ["a"], partition: 0)
    try produce(broker.configuration, input, ["b"], partition: 1)
    let member = try Member(
      broker.configuration, group: KafkaTestBroker.uniqueName("group"), input: input,
      output: input, isTransactional: false)
    #expect(try member.read(2).sorted() == ["0/0 a=a", "1/0 b=b"])
    try member.source.setPaused(member.assigned[0], true)
    try produce(broker.configuration, input, ["later"], partition: 0)
    try produce(broker.configuration, input, ["now"], partition: 1)
    #expect(try member.read(1) == ["1/1 now=now"])
    try member.source.setPaused(member.assigned[0], false)
    #expect(try member.read(1) == ["0/1 later=later"])
    #expect(try member.source.offset(member.assigned[0], at: 1_600_000_000_000) == 0)
    #expect(try member.source.offset(member.assigned[0], at: 1_900_000_000_000) == nil)
    member.close()
  }

  @Test("each record says whose clock set its time, the producer's or the broker's")
  func recordClock() throws {
    let broker = try KafkaTestBroker.shared()
    let group = KafkaTestBroker.uniqueName("group")
    let produced: Int64 = 1_700_000_000_000
    for (type, clock) in [("CreateTime", RecordClock.producer), ("LogAppendTime", .broker)] {
      let input = try broker.createTopic(
        type, configuration: ["message.timestamp.type": type, "retention.ms": "-1"])
      try produce(broker.configuration, input, ["a"])
      let member = try Member(
        broker.configuration, group: group + type, input: input, output: input,
        isTransactional: false)
      let message = try #require(try member.readTimes(1).first)
      #expect(message.clock == clock)
      let time = try #require(message.time)
      #expect(clock == .producer ? time == produced : time > produced)
      member.close()
    }
  }

  @Test("a record that no broker takes is passed over, and the transaction goes on")
  func tooLarge() throws {
    let broker = try KafkaTestBroker.shared()
    let input = try broker.createTopic("input")
    let output = try broker.createTopic("output", configuration: ["retention.ms": "-1"])
    try produce(broker.configuration, input, ["a"])
    let member = try Member(
      broker.configuration, group: KafkaTestBroker.uniqueName("group"), input: input,
      output: output, isTransactional: true)
    _ = try member.read(1)
    try member.send("before")
    try member.send(String(repeating: "x", count: 30_000))
    try member.send("after")
    try member.commit(1, metadata: "f1")
    #expect(member.skipped.count == 1)
    let reader = try Member(
      broker.configuration, group: KafkaTestBroker.uniqueName("reader"), input: output,
      output: input, isTransactional: false)
    #expect(
      try reader.read(2).map { $0.split(separator: " ")[1] } == ["series=before", "series=after"])
    reader.close()
    member.close()
  }

  @Test(
    "records that their topic refuses are left out, whatever batch they are in, and the others commit",
    arguments: ["too large", "too far ahead"])
  func refused(fault: String) throws {
    let broker = try KafkaTestBroker.shared()
    let input = try broker.createTopic("input")
    let output = try broker.createTopic(
      "output", configuration: ["max.message.bytes": "4000", "retention.ms": "-1"])
    try produce(broker.configuration, input, ["a"])
    let group = KafkaTestBroker.uniqueName("group")
    let member = try Member(
      broker.configuration, group: group, input: input, output: output, isTransactional: true)
    _ = try member.read(1)
    let large = noise(bytes: 9_000, seed: 3)
    let now = SystemClock().now()
    var values = (0..<300).map { (text: "value-\($0)", time: now) }
    for place in [70, 71, 200] {
      if fault == "too large" {
        values[place].text = "\(place)-" + large
      } else {
        values[place].time = now + 100 * 86_400_000
      }
    }
    let attempts = try member.commitAll(values, attempts: 25)
    #expect(attempts > 1)
    #expect(member.skipped.count == 3)
    // The next transaction searches nothing, and takes what looks like the refused.
    _ = try member.commitAll([("later", now)], attempts: 5)
    member.close()

    let reader = try Member(
      broker.configuration, group: KafkaTestBroker.uniqueName("group"), input: output,
      output: input, isTransactional: false)
    let found = try reader.read(298).compactMap { $0.split(separator: "=").last.map(String.init) }
    var expected = values.map(\.text)
    for place in [200, 71, 70] { expected.remove(at: place) }
    #expect(found == expected + ["later"])
    reader.close()
  }
}

@Suite("Kafka as a worker's source and sink, without transactions", .timeLimit(.minutes(2)))
struct AtLeastOnceTests {
  @Test("offsets are committed after the records are delivered")
  func embedded() throws {
    let cluster = try MockCluster(log: silent)
    try cluster.createTopic("input", partitionCount: 1)
    try cluster.createTopic("output", partitionCount: 1)
    let configuration = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
    try produce(configuration, "input", ["a", "b"])
    let member = try Member(
      configuration, group: "group", input: "input", output: "output", isTransactional: false)
    #expect(try member.read(2) == ["0/0 a=a", "0/1 b=b"])
    try member.send("forecast")
    try member.commit(2, metadata: "f1;w=1")
    #expect(try member.source.committed(member.assigned[0])?.offset == 2)
    member.close()
    let reader = try Member(
      configuration, group: "reader", input: "output", output: "input", isTransactional: false)
    #expect(try reader.read(1) == ["0/0 series=forecast"])
    reader.close()
  }
}
