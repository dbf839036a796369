import KafkaClient
import KafkaTestBroker
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct CheckTests {
    @Test("check asks the brokers for what the daemon needs, and makes nothing", .needsBroker)
    func broker() throws {
      let broker = try KafkaTestBroker.shared()
      let directory = try TemporaryDirectory()
      let daemon = try DaemonProcess("check", broker: broker, in: directory)
      let arguments = ["check", daemon.configurationPath, "--broker"]

      let missing = try forecastd(arguments)
      #expect(missing.end == .exited(1))
      #expect(missing.output.contains("PROBLEM \(daemon.topics.input): does not exist"))
      #expect(missing.output.contains("missing \(daemon.topics.forecasts): will be made"))

      let admin = try KafkaAdmin(broker.configuration) { _, _, _ in }
      try admin.create(NewTopic(daemon.topics.input, partitionCount: 4))
      let fine = try forecastd(arguments)
      #expect(fine.end == .exited(0), "\(fine.output)")
      #expect(fine.output.contains("ok      \(daemon.topics.input): 4 partitions"))
      try #expect(admin.describe(topic: daemon.topics.forecasts) == nil)

      let short = NewTopic(
        daemon.topics.points, partitionCount: 4, configuration: ["retention.ms": "60000"])
      try admin.create(short)
      let tooShort = try forecastd(arguments)
      #expect(tooShort.end == .exited(1))
      #expect(tooShort.output.contains("PROBLEM \(daemon.topics.points): keeps records for 1m"))
    }

    @Test("a daemon without its input topic says so and ends", .needsBroker)
    func missingInput() throws {
      let broker = try KafkaTestBroker.shared()
      let directory = try TemporaryDirectory()
      let daemon = try DaemonProcess("missing", broker: broker, in: directory)
      let result = try forecastd(["run", "--config", daemon.configurationPath])
      #expect(result.end == .exited(1))
      #expect(result.output.contains("topic '\(daemon.topics.input)' does not exist"))
      // Nothing is made and nobody is told that it is ready.
      #expect(!result.output.contains("topic made") && !result.output.contains("msg=ready"))
      let admin = try KafkaAdmin(broker.configuration) { _, _, _ in }
      #expect(try admin.describe(topic: daemon.topics.forecasts) == nil)
    }

    @Test("a wrong configuration ends with 78 and names line and key", arguments: ["check", "run"])
    func wrongConfiguration(command: String) throws {
      let directory = try TemporaryDirectory()
      let file = try directory.write(
        "wrong.yaml",
        """
        kafka: { bootstrap_servers: "127.0.0.1:1" }
        inputs: [{ topic: a }]
        streams:
          - name: default
            horizonn: 3
        workers: many
        """)
      let result = try forecastd(
        command == "check" ? ["check", file] : ["run", "--config", file])
      #expect(result.end == .exited(78))
      #expect(result.output.contains("wrong.yaml:5") && result.output.contains("horizonn"))
      #expect(result.output.contains("wrong.yaml:6") && result.output.contains("workers"))
    }

    @Test(
      "a command that cannot be understood ends with 64",
      arguments: [["rnu"], ["run"], ["run", "--confg", "a"], ["check", "a", "b"]])
    func usage(arguments: [String]) throws {
      let result = try forecastd(arguments)
      #expect(result.end == .exited(64))
      #expect(!result.output.isEmpty)
    }

    private func forecastd(_ arguments: [String]) throws -> ChildProcess.Outcome {
      try ChildProcess.run([Programs.forecastd] + arguments)
    }
  }
}
