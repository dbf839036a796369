import CommandLineInterface
import Testing

@Suite("Parsing of command lines")
struct CommandLineParserTests {
  private typealias P = TestProgram

  @Test("options that are not given have their defaults")
  func defaults() throws {
    let parsed = try P.parse("run")
    #expect(parsed.path == ["run"])
    #expect(parsed[P.config] == nil && parsed[P.count] == nil)
    #expect(!parsed[P.verbose] && parsed[P.brokers] == [])
    #expect(parsed[P.every] == .seconds(10) && parsed[P.limit] == 100)
    #expect(parsed[P.format] == .table && parsed[P.level] == "info")
  }

  @Test(
    "a value follows its option in the next word, after '=', or attached to the letter",
    arguments: [
      ["--config", "f"], ["--config=f"], ["-c", "f"], ["-cf"], ["-vcf"], ["-vqc", "f"],
      ["-v", "--config=f"],
    ])
  func valueForms(words: [String]) throws {
    guard case .command(let parsed) = try P.program.parse(["run"] + words) else {
      Issue.record("no command")
      return
    }
    #expect(parsed[P.config] == "f")
    #expect(parsed[P.verbose] == words[0].contains("v"))
    #expect(parsed[P.quiet] == words[0].contains("q"))
  }

  @Test("typed values arrive as their types")
  func types() throws {
    let parsed = try P.parse(
      "run", "--every=1h30m", "--limit", "64", "-n7", "--format", "json",
      "-b", "a", "--broker=b=1", "-bc")
    #expect(parsed[P.every] == .seconds(5400) && parsed[P.limit] == 64)
    #expect(parsed[P.count] == 7 && parsed[P.format] == .json)
    #expect(parsed[P.brokers] == ["a", "b=1", "c"])
  }

  @Test("options and arguments mix, and '--' ends the options")
  func mixing() throws {
    let parsed = try P.parse("replay", "a", "-o", "d", "b", "--", "-v", "--output", "-")
    #expect(parsed[P.files] == ["a", "b", "-v", "--output", "-"])
    #expect(parsed[P.output] == "d" && !parsed[P.verbose])
    #expect(try P.parse("replay", "-", "-od")[P.files] == ["-"])
  }

  @Test("optional arguments may be left out")
  func optionalArguments() throws {
    #expect(try P.parse("record", "host")[P.name] == nil)
    let parsed = try P.parse("record", "topic", "x")
    #expect(parsed[P.target] == "topic" && parsed[P.name] == "x")
  }

  @Test("nested commands have their own options")
  func nested() throws {
    let parsed = try P.parse("fixture", "generate", "--format=json")
    #expect(parsed.path == ["fixture", "generate"] && parsed[P.format] == .json)
  }

  @Test("options of the program stand before and after the command")
  func programOptions() throws {
    #expect(try P.parse("--log-level", "error", "run")[P.level] == "error")
    #expect(try P.parse("fixture", "list", "--log-level=error")[P.level] == "error")
  }

  @Test("the environment is asked where the option is not given")
  func environment() throws {
    let environment = ["RAIN_CONFIG": "e", "RAIN_LOG_LEVEL": "warning"]
    let parsed = try P.parse("run", environment: environment)
    #expect(parsed[P.config] == "e" && parsed[P.level] == "warning")
    #expect(try P.parse("run", "-cf", environment: environment)[P.config] == "f")
  }

  @Test(
    "a wrong command line is answered with what is wrong and where the help is",
    arguments: [
      (["run", "--brokre=x"], "unknown option '--brokre' of 'run'; did you mean '--broker'?"),
      // an abbreviation is not taken, but understood
      (["run", "--conf", "x"], "unknown option '--conf' of 'run'; did you mean '--config'?"),
      (["run", "--zzzz"], "unknown option '--zzzz' of 'run'"),
      (["run", "-x"], "unknown option '-x' of 'run'"),
      (["run", "-verbose"], "unknown option '-e' of 'run'; did you mean '--verbose'?"),
      (["run", "--\u{1B}[31m"], "unknown option '--\u{FFFD}[31m' of 'run'"),
      (
        ["--config=x", "run"],
        "unknown option '--config' before the command; it is an option of 'run'"
      ),
      (["rnu"], "unknown command 'rnu'; did you mean 'run'?"),
      (["fixture", "genrate"], "unknown command 'genrate' of 'fixture'; did you mean 'generate'?"),
      (["help", "rnu"], "unknown command 'rnu'; did you mean 'run'?"),
      ([], "no command given"),
      (["fixture"], "which command of 'fixture'?"),
      (["run", "--config"], "option '--config' of 'run' needs a value (FILE)"),
      (["run", "-c"], "option '-c' of 'run' needs a value (FILE)"),
      (["run", "--config", "--verbose"], "option '--config' of 'run' needs a value (FILE)"),
      (["run", "-c", "--every=3s"], "option '-c' of 'run' needs a value (FILE)"),
      (["run", "--verbose=yes"], "option '--verbose' of 'run' takes no value"),
      (["run", "-ca", "--config=b"], "option '--config' of 'run' can be given only once"),
      (["replay", "f"], "option '--output=DIR' of 'replay' is required"),
      (["replay", "-od"], "argument FILE of 'replay' is missing"),
      (["run", "x"], "unexpected argument 'x' of 'run'"),
      (["record", "host", "a", "b"], "unexpected argument 'b' of 'record'"),
      (
        ["run", "--format=jsno"],
        "invalid value of option '--format' of 'run': expected one of table, json, found 'jsno'; "
          + "did you mean 'json'?"
      ),
      (
        ["record", "hst"],
        "invalid value of argument TARGET of 'record': expected one of host, topic, found 'hst'; "
          + "did you mean 'host'?"
      ),
      (
        ["run", "--every=10"],
        "invalid value of option '--every' of 'run': '10' has no unit; write for example 10s or "
          + "10ms (units: d, h, m, s, ms, us, ns)"
      ),
      (
        ["run", "-n", "11"],
        "invalid value of option '--count' of 'run': 11 is not between 1 and 10"
      ),
      (
        ["run", "-n", "-5"],
        "invalid value of option '--count' of 'run': -5 is not between 1 and 10"
      ),
      (
        ["run", "-nx"],
        "invalid value of option '--count' of 'run': expected a whole number, found 'x'"
      ),
      (
        ["run", "--limit=-1"],
        "invalid value of option '--limit' of 'run': -1 is not at least 0"
      ),
      (["run", "--config="], "invalid value of option '--config' of 'run': the text is empty"),
    ])
  func wrongUsage(words: [String], message: String) throws {
    let error = try #require(throws: UsageError.self) { try P.program.parse(words) }
    let lines = error.description.split(separator: "\n")
    #expect(lines.first.map(String.init) == "rain: \(message)")
    #expect(lines.count == 2)
    #expect(lines.last?.hasPrefix("Try 'rain") == true && lines.last?.hasSuffix("--help'.") == true)
  }

  @Test("the hint names the command whose help explains more")
  func hint() throws {
    let error = try #require(throws: UsageError.self) {
      try P.program.parse(["fixture", "generate", "--x"])
    }
    #expect(error.description.hasSuffix("\nTry 'rain fixture generate --help'."))
    #expect(UsageError.exitStatus == 64)
  }

  @Test("a wrong value in the environment names the variable")
  func wrongEnvironment() throws {
    let error = try #require(throws: UsageError.self) {
      try P.program.parse(["run"], environment: ["RAIN_LOG_LEVEL": "loud"])
    }
    #expect(
      error.description.contains("environment variable RAIN_LOG_LEVEL of 'run': expected one"))
  }

  @Test("a program's own command takes the place of a built-in one")
  func replacedBuiltIn() throws {
    let program = ProgramDeclaration(
      name: "p", version: "1", summary: "P",
      commands: [CommandDeclaration(name: "version", summary: "Everything")])
    guard case .command(let parsed) = try program.parse(["version"]) else {
      Issue.record("the built-in ran")
      return
    }
    #expect(parsed.path == ["version"])
  }

  @Test("no sequence of odd words crashes the parser")
  func oddWords() throws {
    let words = [
      "run", "replay", "fixture", "generate", "help", "--", "-", "---", "--=", "-=", "--=x", "",
      "-c", "-vq", "--config", "--config=", "-\u{0}", "--é", "-é", "completions", "zsh", "record",
    ]
    for a in words {
      for b in words {
        for c in words {
          do throws(UsageError) {
            _ = try P.program.parse([a, b, c])
          } catch {
            #expect(error.description.hasPrefix("rain: "))
          }
        }
      }
    }
  }
}
