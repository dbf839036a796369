import Glibc
import KafkaClient
import KafkaTestBroker
import TestSupport
import Testing

extension EndToEndTests {
  @Suite(.needsBroker, .needsKcat)
  struct FeedbackTests {
    private static let stream = """
          interval: 10s
          window: 96
          horizon: 3
          quantiles: [0.1, 0.5, 0.9]
          gap_maximum: 60
          model: { hidden: 8 }
          retrain: never
          anomalies: { learning: 32, silent_after: 10 }
      """

    /// Six series, of which two fall silent now and then for fifteen steps.
    private struct Feed {
      let kcat: Kcat
      let topic: String
      let start: Int64
      var step = 0

      init(_ kcat: Kcat, topic: String) {
        self.kcat = kcat
        self.topic = topic
        start = (Int64(Glibc.time(nil)) - 7_200) * 1_000 / 10_000 * 10_000
      }

      func time(of step: Int) -> Int64 { start + Int64(step) * 10_000 }

      /// - Parameter silent: steps without points of `doubted` and `other`.
      mutating func produce(upTo end: Int, silent: Range<Int> = 0..<0) throws {
        var messages: [String] = []
        for step in step..<end {
          for series in ["c", "d", "e", "f", "doubted", "other"] {
            if silent.contains(step), series.count > 1 { continue }
            let value = 10 + Double((step * 7 + series.utf8.count * 3) % 11) / 10
            messages.append(
              #"{"series":"\#(series)","timestamp":\#(time(of: step) + 1_000),"value":\#(value)}"#)
          }
        }
        try kcat.produce(messages, to: topic)
        step = end
      }
    }

    private func records(_ kcat: Kcat, _ daemon: DaemonProcess, _ series: String) throws
      -> [AnomalyRecord]
    {
      try kcat.consume(AnomalyRecord.self, from: daemon.topics.anomalies).filter {
        $0.series == series
      }
    }

    /// Waits until a series has so many records of incidents.
    private func wait(
      _ kcat: Kcat, _ daemon: DaemonProcess, for count: Int, of series: String = "other"
    ) throws {
      var found: [AnomalyRecord] = []
      _ = try eventually(
        "\(found.count) of \(count) records of \(series)\n\(daemon.log)", within: .seconds(90),
        every: .milliseconds(300)
      ) {
        found = try records(kcat, daemon, series)
        return found.count >= count ? true : nil
      }
    }

    private func forecastd(_ arguments: [String]) throws -> ChildProcess.Outcome {
      try ChildProcess.run([Programs.forecastd] + arguments)
    }

    private func waitUntilTakenUp(_ daemon: DaemonProcess, before end: Int) throws {
      _ = try eventually("taken up\n\(daemon.log)", within: .seconds(30)) {
        daemon.log.contains("control records taken up")
          && daemon.log.contains("before=\(end)") ? true : nil
      }
    }

    @Test(
      "feedback reaches a running daemon, and keeps its effect over kill -9 and another process; an incident stays one",
      arguments: KafkaTestBroker.versions)
    func feedback(version: KafkaTestBroker.Version) throws {
      let broker = try KafkaTestBroker.shared(version)
      let kcat = try Kcat(broker)
      let directory = try TemporaryDirectory()
      let input = "    format: json\n    keyed: true"
      let daemon = try DaemonProcess(
        "feedback", broker: broker, in: directory, input: input, stream: Self.stream,
        top: "instance: first")
      let admin = try KafkaAdmin(broker.configuration) { _, _, _ in }
      try admin.create(NewTopic(daemon.topics.input, partitionCount: 1))
      var feed = Feed(kcat, topic: daemon.topics.input)

      // Both fall silent, and both have an incident.
      try feed.produce(upTo: 90, silent: 70..<85)
      try daemon.start()
      try wait(kcat, daemon, for: 2)
      try wait(kcat, daemon, for: 2, of: "doubted")
      let incident = try #require(try records(kcat, daemon, "doubted").first).incident

      // For one of them that was a false alarm.
      let told = try forecastd([
        "feedback", incident, "--false-alarm", "--note", "a test", "-c", daemon.configurationPath,
      ])
      #expect(told.end == .exited(0), "\(told.output)")
      #expect(told.output.contains("evidence  silent"), "\(told.output)")
      try waitUntilTakenUp(daemon, before: 1)

      // It is killed within the next silence, and the incident of the other has one opening and one end.
      try feed.produce(upTo: 113, silent: 100..<115)
      try wait(kcat, daemon, for: 3)
      try daemon.kill()
      try daemon.start()
      try feed.produce(upTo: 120, silent: 100..<115)
      try wait(kcat, daemon, for: 4)

      // Another process takes the partition over within the silence after that, without a snapshot.
      try feed.produce(upTo: 153, silent: 140..<155)
      try wait(kcat, daemon, for: 5)
      let secondDirectory = try TemporaryDirectory()
      let second = try DaemonProcess(
        "feedback", broker: broker, in: secondDirectory, input: input, stream: Self.stream,
        top: "instance: second", topics: daemon.topics)
      try second.start()
      try daemon.kill()
      try feed.produce(upTo: 160, silent: 140..<155)
      _ = try eventually("assigned\n\(second.log)", within: .seconds(60)) {
        second.log.contains("partition assigned") ? true : nil
      }
      try wait(kcat, second, for: 6)
      #expect(try records(kcat, second, "doubted").count == 2, "it kept its effect")

      // What is taken back holds no longer.
      let back = try forecastd([
        "feedback", incident, "--take-back", "-c", second.configurationPath,
      ])
      #expect(back.end == .exited(0), "\(back.output)")
      try waitUntilTakenUp(second, before: 2)
      try feed.produce(upTo: 200, silent: 180..<195)
      try wait(kcat, second, for: 8)
      try wait(kcat, second, for: 4, of: "doubted")
      #expect(try second.stop() == .exited(0), "\(second.log)")

      for series in ["doubted", "other"] {
        let all = try records(kcat, second, series)
        for (id, records) in Dictionary(grouping: all, by: \.incident) {
          #expect(records.map(\.event) == ["open", "close"], "\(series) \(id)")
          #expect(records.allSatisfy { $0.kind == "silent" })
        }
      }
      let others = try records(kcat, second, "other")
      #expect(Set(others.map(\.incident)).count == 4 && others.count == 8)
      let opened = others.filter { $0.event == "open" }.map(\.time)
      #expect(opened == [80, 110, 150, 190].map(feed.time(of:)))
      #expect(try records(kcat, second, "doubted").map(\.time).first == opened.first)
    }

    @Test("maintenance windows are planned, listed and ended, and what is wrong is said")
    func maintenance() throws {
      let broker = try KafkaTestBroker.shared()
      let directory = try TemporaryDirectory()
      let daemon = try DaemonProcess("maintenance", broker: broker, in: directory)
      let connection = ["-c", daemon.configurationPath]
      let none = try forecastd(["maintenance", "list"] + connection)
      #expect(none.end == .exited(1) && none.output.contains("there is no topic"))

      let admin = try KafkaAdmin(broker.configuration) { _, _, _ in }
      for name in [daemon.topics.control, daemon.topics.anomalies] {
        let policy = name == daemon.topics.control ? "compact" : "delete"
        try admin.create(
          NewTopic(name, partitionCount: 1, configuration: ["cleanup.policy": policy]))
      }
      let empty = try forecastd(["maintenance", "list"] + connection)
      #expect(empty.output.contains("no maintenance windows"))
      let added = try forecastd(
        [
          "maintenance", "add", "--id", "disks", "--from", "1h ago", "--for", "2h", "--series",
          "*,host=db-1", "--summary", "new disks",
        ] + connection)
      #expect(added.end == .exited(0), "\(added.output)")
      #expect(added.output.contains("end it: forecastd maintenance end disks -c "))
      let weekly = try forecastd(
        [
          "maintenance", "add", "--from", "2025-01-05T02:00:00+01:00", "--for", "3h", "--rrule",
          "FREQ=WEEKLY", "--time-zone", "Europe/Berlin", "--effect", "suppress", "--stream",
          "hosts",
        ] + connection)
      #expect(weekly.end == .exited(0), "\(weekly.output)")
      let list = try forecastd(["maintenance", "list"] + connection).output
      let lines = list.split(separator: "\n")
      #expect(lines.count == 3, "\(list)")
      #expect(lines.contains { $0.hasPrefix("disks") && $0.contains(" holds ") })
      #expect(
        lines.contains { $0.contains("FREQ=WEEKLY Europe/Berlin") && $0.contains("suppress") })

      #expect(try forecastd(["maintenance", "end", "disks"] + connection).end == .exited(0))
      let again = try forecastd(["maintenance", "end", "disks"] + connection)
      #expect(again.end == .exited(1) && again.output.contains("nothing under the key"))
      #expect(!(try forecastd(["maintenance", "list"] + connection).output.contains("disks")))

      for (arguments, status, problem) in [
        // What the command line says wrong.
        (["maintenance", "add"], 64, "--to TIME or --for DURATION"),
        (["maintenance", "add", "--for", "1h", "--rrule", "FREQ=SOMETIMES"], 64, "FREQ"),
        (["maintenance", "add", "--for", "1h", "--time-zone", "Mars/Base"], 64, "Mars/Base"),
        (["maintenance", "add", "--to", "yesterday"], 64, "is not a time"),
        (["feedback", "ab", "--missed"], 64, "was not missed"),
        (["feedback", "ab", "--real", "--false-alarm"], 64, "say one of"),
        (["feedback", "-s", "cpu", "--real"], 64, "needs --from"),
        // What the topics don't have.
        (["feedback", "ab", "--real"], 1, "no incident 'ab'"),
        (["feedback", "ab", "--take-back"], 1, "nothing under the key 'feedback/ab'"),
      ] as [([String], Int32, String)] {
        let result = try forecastd(arguments + connection)
        #expect(result.end == .exited(status), "\(arguments) \(result.output)")
        #expect(result.output.contains(problem), "\(arguments) \(result.output)")
      }
      try groupFeedback(daemon, broker, connection)
      let missed = try forecastd(
        ["feedback", "-s", "cpu,b=1,a=2", "--from", "2h ago", "--to", "1h ago", "--missed"]
          + connection)
      #expect(missed.end == .exited(0) && missed.output.contains("cpu,a=2,b=1"), "\(missed.output)")
    }

    /// Feedback on an incident of a group is about each of its series.
    private func groupFeedback(
      _ daemon: DaemonProcess, _ broker: KafkaTestBroker, _ connection: [String]
    ) throws {
      func single(_ series: String, _ incident: String) -> String {
        #"{"series":"\#(series),host=g","name":"\#(series)","labels":{"host":"g"},"stream":"all","#
          + #""time":1000,"incident":"\#(incident)","event":"open","ending":null,"opened":1000,"#
          + #""kind":"level","severity":"warning","direction":null,"observed":1,"expected":null,"#
          + #""interval":null,"deviation":null,"season":null,"score":0.6,"per_week":0.1,"#
          + #""evidence":{"level":1},"text":"","model":0}"#
      }
      func member(_ series: String, _ incident: String) -> String {
        #"{"series":"\#(series),host=g","incident":"\#(incident)","opened":1000,"kind":"level","#
          + #""severity":"warning","per_week":0.1}"#
      }
      let group =
        #"{"group":"host=g","labels":{"host":"g"},"stream":"all","time":1000,"incident":"abc","#
        + #""event":"open","opened":1000,"kind":"group","severity":"warning","size":3,"count":2,"#
        + #""share":0.67,"first":"x,host=g","members":["#
        + member("x", "a1") + "," + member("y", "b2") + #"],"text":"","model":0}"#
      try Kcat(broker).produce(
        [single("x", "a1"), single("y", "b2"), group], to: daemon.topics.anomalies)
      let given = try forecastd(["feedback", "abc", "--false-alarm"] + connection)
      #expect(given.end == .exited(0), "\(given.output)")
      for id in ["a1", "b2"] {
        #expect(given.output.contains("feedback/\(id)"), "\(given.output)")
      }
      let taken = try forecastd(["feedback", "abc", "--take-back"] + connection)
      #expect(taken.end == .exited(0) && taken.output.contains("feedback/b2"), "\(taken.output)")
    }

    @Test(
      "a user who may not write the control topic is told so",
      .enabled(if: KafkaTestBroker.isControllable, "\(KafkaTestBroker.notControllableReason)"))
    func denied() throws {
      let broker = try KafkaTestBroker.start(.v3, secure: true)
      let secure = try #require(broker.secureListener)
      let directory = try TemporaryDirectory()
      let name = KafkaTestBroker.uniqueName("denied-control")
      let admin = try KafkaAdmin(broker.configuration) { _, _, _ in }
      try admin.create(NewTopic(name, partitionCount: 1))
      try broker.allow("forecastd", ["--operation", "Describe", "--topic", name])
      let password = try directory.write("password", secure.password)
      let file = try directory.write(
        "forecastd.yaml",
        """
        kafka:
          bootstrap_servers: "\(secure.bootstrapServers)"
          properties:
            security.protocol: SASL_SSL
            sasl.mechanism: PLAIN
            sasl.username: forecastd
            ssl.ca.location: \(secure.authority)
          sasl_password_file: \(password)
        inputs: [{ topic: metrics }]
        control_topic: { topic: \(name) }
        streams: [{ name: default }]
        """)
      let result = try forecastd(["maintenance", "add", "--for", "1h", "-c", file])
      #expect(result.end == .exited(1), "\(result.output)")
      #expect(result.output.contains("TOPIC_AUTHORIZATION_FAILED"), "\(result.output)")
    }
  }
}
