import Pipeline
import Replay
import TestSupport
import Testing
import TimeSeries

@Suite("Records as files")
struct FileSinkTests {
  private let directory: TemporaryDirectory
  private let headers = RecordHeaders([
    RecordHeader("reason", "malformed"), RecordHeader("source-offset", "7"),
    RecordHeader("original-size", "2"),
  ])

  init() throws { directory = try TemporaryDirectory() }

  private func send(
    _ text: [UInt8], to topic: OutputTopic, of sink: FileSink, key: String = ""
  ) throws {
    try Array(key.utf8).withUnsafeBytes { key in
      try text.withUnsafeBytes { value in
        _ = try sink.send(topic, key: key, value: value, headers: headers, timestamp: 0)
      }
    }
  }

  private func send(_ text: String, to topic: OutputTopic, of sink: FileSink) throws {
    try send(Array(text.utf8), to: topic, of: sink)
  }

  @Test("files get their names at the end, and hold what was committed")
  func partFiles() throws {
    let sink = try FileSink(directory: directory.path + "/new/out") { _ in nil }
    try send("{\"a\":1}", to: .forecasts, of: sink)
    try send("{\"b\":1}", to: .anomalies, of: sink)
    try sink.commit([])
    try send("{\"a\":2}", to: .forecasts, of: sink)
    try sink.abort()
    try send("{\"a\":3}", to: .forecasts, of: sink)
    try sink.commit([])
    let names = ["anomalies.jsonl", "dead-letters.jsonl", "forecasts.jsonl", "reports.jsonl"]
    #expect(try directory.contents("new/out") == names.map { $0 + ".part" })
    try sink.finish()
    #expect(try directory.contents("new/out") == names)
    #expect(try directory.read("new/out/forecasts.jsonl") == "{\"a\":1}\n{\"a\":3}\n")
    #expect(try directory.read("new/out/anomalies.jsonl") == "{\"b\":1}\n")
    #expect(try directory.read("new/out/reports.jsonl") == "")
  }

  @Test(
    "a replay after an interrupted one begins its files anew and keeps complete ones until then")
  func restart() throws {
    try directory.write("forecasts.jsonl", "complete\n")
    try directory.write("forecasts.jsonl.part", "a long line that an interrupted run has left\n")
    let sink = try FileSink(directory: directory.path) { _ in nil }
    try send("{}", to: .forecasts, of: sink)
    try sink.commit([])
    #expect(try directory.read("forecasts.jsonl") == "complete\n")
    #expect(try directory.read("forecasts.jsonl.part") == "{}\n")
    try sink.finish()
    #expect(try directory.read("forecasts.jsonl") == "{}\n")
  }

  @Test("a dead letter says file, line, reason and text")
  func deadLetters() throws {
    let sink = try FileSink(directory: directory.path) { offset in
      offset == 7 ? MessageOrigin(path: "a.csv", line: 12, text: Array("1,\"x\"".utf8)) : nil
    }
    try send([0, 0], to: .deadLetters, of: sink, key: "cpu,host=a")
    try sink.commit([])
    try sink.finish()
    #expect(
      try directory.read("dead-letters.jsonl") == #"""
        {"file":"a.csv","headers":{"original-size":"5","reason":"malformed","source-offset":"7"},\#
        "key":"cpu,host=a","line":12,"value":"1,\"x\""}

        """#)
  }

  @Test("a dead letter that is no text is written in base64")
  func binaryDeadLetters() throws {
    let sink = try FileSink(directory: directory.path) { _ in nil }
    try send([0xFF, 0x00, 0x80], to: .deadLetters, of: sink)
    try sink.commit([])
    try sink.finish()
    #expect(try directory.read("dead-letters.jsonl").contains(#""value_base64":"/wCA""#))
  }

  @Test("a directory that cannot be made is an error that names it")
  func unwritable() throws {
    let file = try directory.write("file", "")
    let error = #expect(throws: ReplayError.self) {
      _ = try FileSink(directory: file + "/out") { _ in nil }
    }
    #expect(error?.description.contains(file + "/out") == true)
  }
}
