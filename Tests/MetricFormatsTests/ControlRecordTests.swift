import MetricFormats
import Testing
import TimeSeries

@Suite("records of the control topic")
struct ControlRecordTests {
  private func decode(_ key: String, _ value: String?) throws -> ControlRecord? {
    try ControlRecord.decode(key: Array(key.utf8), value: value.map { Array($0.utf8) })
  }

  private static let examples: [ControlRecord] = [
    // Everything that there is.
    .feedback(
      FeedbackRecord(
        series: #"disk "x"\,y,host=ä"#, label: .falseAlarm, incident: "3c1b5d0a92e4f716",
        kinds: [.error, .level], from: 1_700_000_000_000, to: 1_700_000_060_000,
        time: 1_700_000_900_000, note: "a backup\nran")),
    // Only what must be there.
    .feedback(FeedbackRecord(series: "cpu", label: .missed)),
    .maintenance(
      MaintenanceRecord(
        id: "disks", from: 1_700_000_000_000, to: 1_700_007_200_000, stream: "hosts",
        series: "*,host=db-?", effect: .suppress, rule: "FREQ=WEEKLY;BYDAY=SU",
        timeZone: "Europe/Berlin", summary: "new disks")),
    .maintenance(MaintenanceRecord(id: "a/b", from: -5, to: 5)),
  ]

  @Test("a record comes back from its bytes", arguments: examples)
  func roundTrip(record: ControlRecord) throws {
    #expect(try ControlRecord.decode(key: Array(record.key.utf8), value: record.json) == record)
  }

  @Test("the key is that of the incident, of the series and the begin, or of the window")
  func keys() {
    #expect(FeedbackRecord(series: "cpu", label: .real, incident: "ab").key == "feedback/ab")
    #expect(
      FeedbackRecord(series: "cpu,a=b", label: .missed, from: 12).key == "feedback/cpu,a=b@12")
    #expect(MaintenanceRecord.key(id: "x") == "maintenance/x")
  }

  @Test("fields of a later version are passed over, and labels are put in order")
  func laterVersion() throws {
    let record = try decode(
      "feedback/x",
      #"{"later":[1],"type":"feedback","label":"real","series":"cpu,b=1,a=2","#
        + #""kinds":["later","flat","flat"]}"#
    )
    #expect(
      record == .feedback(FeedbackRecord(series: "cpu,a=2,b=1", label: .real, kinds: [.flat])))
  }

  @Test(
    "a tombstone, an empty value and deleted: true take back",
    arguments: [
      nil, "", #"{"deleted":true}"#, #"{"type":"maintenance","deleted":true,"from":1}"#,
    ])
  func takenBack(value: String?) throws {
    #expect(try decode("maintenance/x", value) == nil)
  }

  @Test(
    "what is wrong is said, and nothing is half read",
    arguments: [
      // Neither kind of key, and none.
      ("other/x", "{}", "begins with neither"), ("", "{}", "its key is empty"),
      ("feedback", "{}", "begins with neither"),
      // No JSON, or none of ours.
      ("feedback/x", "yes", "not JSON"), ("feedback/x", "[]", "'type'"),
      ("feedback/x", #"{"type":"maintenance","from":1,"to":2}"#, "'type'"),
      ("maintenance/x", #"{"type":"feedback","label":"real","series":"a"}"#, "'type'"),
      // A label, a series.
      ("feedback/x", #"{"type":"feedback","label":"wrong","series":"a"}"#, "'label'"),
      ("feedback/x", #"{"type":"feedback","label":"real"}"#, "'series'"),
      ("feedback/x", #"{"type":"feedback","label":"real","series":""}"#, "'series'"),
      ("feedback/x", #"{"type":"feedback","label":"real","series":"a","kinds":[1]}"#, "'kinds'"),
      ("feedback/x", #"{"type":"feedback","label":"real","series":"a","kinds":"x"}"#, "'kinds'"),
      // Times: NaN, a fraction, beyond the years 1 to 9999, the wrong way round.
      ("feedback/x", #"{"type":"feedback","label":"real","series":"a","time":NaN}"#, "not JSON"),
      ("feedback/x", #"{"type":"feedback","label":"real","series":"a","time":1.5}"#, "'time'"),
      (
        "feedback/x",
        #"{"type":"feedback","label":"real","series":"a","time":9223372036854775807}"#,
        "'time'"
      ),
      ("feedback/x", #"{"type":"feedback","label":"real","series":"a","from":2,"to":1}"#, "'to'"),
      ("maintenance/x", #"{"type":"maintenance","from":1}"#, "'to'"),
      ("maintenance/x", #"{"type":"maintenance","from":5,"to":5}"#, "'to'"),
      ("maintenance/x", #"{"type":"maintenance","from":1,"to":2,"effect":"stop"}"#, "'effect'"),
      ("maintenance/x", #"{"type":"maintenance","from":1,"to":2,"deleted":"yes"}"#, "'deleted'"),
    ])
  func hostile(key: String, value: String, problem: String) {
    do {
      let record = try decode(key, value)
      Issue.record("read as \(String(describing: record))")
    } catch {
      #expect("\(error)".contains(problem), "\(error)")
    }
  }

  @Test("a record that is too long is refused unread")
  func size() {
    let long = String(repeating: "x", count: 8_200)
    for (key, value) in [
      ("feedback/x", #"{"type":"feedback","label":"real","series":"\#(long)"}"#),
      ("feedback/\(long)", #"{"type":"feedback","label":"real","series":"a"}"#),
    ] {
      #expect(throws: ControlRecordError.size) { try decode(key, value) }
    }
  }

  @Test("a deep document and random bytes are no records, and end nothing")
  func random() {
    let deep = #"{"type":"feedback","x":"# + String(repeating: "[", count: 4_000)
    #expect(throws: ControlRecordError.self) { try decode("feedback/x", deep) }
    var state: UInt64 = 5
    for _ in 0..<2_000 {
      let bytes = (0..<40).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
      }
      #expect(throws: ControlRecordError.self) {
        try ControlRecord.decode(key: Array("feedback/x".utf8), value: bytes)
      }
    }
  }
}
