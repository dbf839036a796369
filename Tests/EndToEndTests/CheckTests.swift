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

    @Test("check counts the planned windows and says in local time which come next")
    func planned() throws {
      let directory = try TemporaryDirectory()
      let file = try directory.write(
        "planned.yaml",
        """
        kafka: { bootstrap_servers: "127.0.0.1:1" }
        inputs: [{ topic: a }]
        streams:
          - name: default
            calendars:
              - {file: holidays.ics, effect: skip_learning, series: cpu}
              - windows: [2020-01-01/2020-01-02, 2999-01-01/2999-01-03]
        """)
      _ = try directory.write(
        "holidays.ics",
        [
          "BEGIN:VCALENDAR", "BEGIN:VEVENT", "SUMMARY:Sunday", "DTSTART;VALUE=DATE:20200105",
          "RRULE:FREQ=WEEKLY", "END:VEVENT", "END:VCALENDAR", "",
        ].joined(separator: "\r\n"))
      let result = try forecastd(["check", file])
      #expect(result.end == .exited(0), "\(result.output)")
      #expect(result.output.contains("planned windows: 3, 1 of them recurring; times in UTC"))
      let next = result.output.split(separator: "\n").filter {
        $0.contains(" 00:00: skip_learning, cpu, Sunday")
      }
      #expect(next.count == 3 && Set(next).count == 3, "\(result.output)")
    }

    /// A configuration whose clients use TLS.
    ///
    /// - Parameter properties: further ones.
    private func configuration(
      in directory: TemporaryDirectory, kafka: String, properties: String = ""
    ) throws -> String {
      let more = properties.isEmpty ? "" : ", " + properties
      return try directory.write(
        "forecastd.yaml",
        """
        kafka:
          bootstrap_servers: "127.0.0.1:1"
          properties: { security.protocol: SASL_SSL, sasl.mechanism: PLAIN, sasl.username: a\(more) }
        \(kafka.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
        inputs: [{ topic: a }]
        streams: [{ name: all, interval: 10s }]
        state_directory: \(directory.path)/state
        """)
    }

    @Test(
      "files that cannot be read are named with path, setting and reason, by check and run alike",
      arguments: ["check", "run"])
    func unreadableFiles(command: String) throws {
      let directory = try TemporaryDirectory()
      try directory.write("credentials/other", "secret")
      for (kafka, environment, parts) in [
        (
          "sasl_password_file: ./nope", nil,
          ["kafka.sasl_password_file: the file \(directory.path)/nope can't be read: No such file"]
        ),
        (
          "ssl_key_file: \(directory.path)", nil,
          ["kafka.ssl_key_file: the file \(directory.path) can't be read: Is a directory"]
        ),
        (
          "sasl_password_file: nope", ["CREDENTIALS_DIRECTORY": "\(directory.path)/credentials"],
          [
            "kafka.sasl_password_file: the credential nope can't be read from "
              + "\(directory.path)/credentials/nope: No such file", "LoadCredential=nope:",
          ]
        ),
        (
          "consumer_properties: { ssl.ca.location: missing.pem }", nil,
          [
            "\(directory.path)/missing.pem, which kafka.consumer_properties.ssl.ca.location names",
            "No such file or directory",
          ]
        ),
      ] as [(String, [String: String]?, [String])] {
        let file = try configuration(in: directory, kafka: kafka)
        // `run` makes its consumers when the brokers have answered.
        if command == "run", kafka.hasPrefix("consumer") { continue }
        let result = try ChildProcess.run(
          [Programs.forecastd] + (command == "check" ? [command, file] : [command, "-c", file]),
          environment: environment, directory: directory.path)
        #expect(result.end == .exited(1), "\(result.output)")
        for part in parts { #expect(result.output.contains(part), "\(result.output)") }
        if environment == nil { #expect(!result.output.contains("LoadCredential")) }
        #expect(!result.output.contains("is valid"))
      }
    }

    @Test(
      "a certificate that OpenSSL does not take is named before anything else",
      arguments: [
        ["check"], ["run", "-c"],
      ])
    func refusedCertificate(command: [String]) throws {
      let directory = try TemporaryDirectory()
      let path = try directory.write("ca.pem", "no certificate")
      try directory.write("secret", "word")
      let file = try configuration(
        in: directory, kafka: "sasl_password_file: ./secret",
        properties: "ssl.ca.location: ./ca.pem")
      let result = try ChildProcess.run(
        [Programs.forecastd] + command + [file], directory: directory.path)
      #expect(result.end == .exited(1), "\(result.output)")
      #expect(
        result.output.contains("use \(path), which kafka.properties.ssl.ca.location names"),
        "\(result.output)")
      #expect(!result.output.contains("is valid"))
    }

    @Test("check outside of the service says which credential it could not look at, and goes on")
    func outsideOfService() throws {
      let directory = try TemporaryDirectory()
      let file = try configuration(in: directory, kafka: "sasl_password_file: kafka-password")
      let result = try ChildProcess.run([Programs.forecastd, "check", file], environment: [:])
      #expect(result.end == .exited(0), "\(result.output)")
      #expect(result.output.contains("not checked here: kafka.sasl_password_file: the credential"))
      #expect(result.output.contains("LoadCredential=kafka-password:PATH"))
      #expect(result.output.contains("The configuration is valid."))
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
