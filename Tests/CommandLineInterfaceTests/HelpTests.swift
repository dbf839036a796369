import CommandLineInterface
import TestSupport
import Testing

@Suite("Help, version and the manual")
struct HelpTests {
  @Test("a command's help shows usage, options, defaults, environment, examples and exit statuses")
  func commandHelp() throws {
    let text = try TestProgram.output(["run", "--help"])
    #expect(
      text == """
        Usage: rain run [OPTION]...

        Run the service.

        It runs until it is stopped, and it says so in a text that is long enough to be
        wrapped twice.

            kept as it is:   even spaces

        Options:
          -c, --config=FILE        Read the configuration from FILE. The file's keys are
                                   explained where it was installed. [environment:
                                   RAIN_CONFIG]
          -v, --verbose            Say more.
          -q, --quiet              Say it's [nothing]: less.
          -b, --broker=HOST        A broker. [may be repeated]
              --every=DURATION     Time between samples. [default: 10s]
              --limit=N            Rows kept. [default: 100]
          -n, --count=N            How many.
              --format=table|json  Form. [default: table]

        Common options:
              --log-level=error|warning|info
                         Log nothing below this level. [default: info] [environment:
                         RAIN_LOG_LEVEL]
          -h, --help     Show this help and exit.
          -V, --version  Show the version and exit.

        Environment:
          RAIN_CONFIG  The value of --config where it is not given.

        Examples:
          rain run -c 'a b.yaml'
              Run with a file.

        Exit status:
          0   Success.
          1   It failed.
          64  The command line is wrong: an unknown command or option, a missing or
              impossible value (EX_USAGE of sysexits.h).

        """)
  }

  @Test("the program's help lists the commands in groups")
  func programHelp() throws {
    let text = try TestProgram.output(["--help"])
    for part in [
      "Usage: rain [OPTION]... COMMAND [ARGUMENT]...\n", "\nCommands:\n  run",
      "\nFixtures:\n  record TARGET [NAME]", "\nHelp and integration:\n  help [COMMAND...]",
      "\nFiles:\n  /etc/rain.yaml  The configuration.", "\n  RAIN_HOME",
    ] { #expect(text.contains(part), "\(part)") }
  }

  @Test(
    "help is reached in all the usual ways",
    arguments: [
      (["-h"], [String]()), (["help"], []), (["--help", "run"], []),
      (["help", "run"], ["run"]), (["run", "-h"], ["run"]), (["run", "-vh"], ["run"]),
      (["run", "-n", "3", "--help", "--wrong"], ["run"]), (["replay", "--help"], ["replay"]),
      (["fixture", "-h"], ["fixture"]),
      (["help", "fixture", "generate"], ["fixture", "generate"]),
      (["help", "completions"], ["completions"]),
    ])
  func waysToHelp(words: [String], path: [String]) throws {
    let usage = (["Usage: rain"] + path).joined(separator: " ") + " "
    #expect(try TestProgram.output(words).hasPrefix(usage))
    #expect(try TestProgram.output(words) == TestProgram.output(path + ["--help"]))
  }

  @Test("help fits the terminal", arguments: [50, 60, 72, 80, 100])
  func width(columns: Int) throws {
    for path in [[], ["run"], ["replay"], ["record"], ["fixture"], ["fixture", "generate"]] {
      let text = try TestProgram.output(path + ["--help"], width: columns)
      for line in text.split(separator: "\n") {
        #expect(line.count <= columns || line.hasPrefix("Usage:"), "\(line)")
        #expect(line.last != " ", "\(line)")
      }
    }
  }

  @Test("the version is one line", arguments: [["--version"], ["-V"], ["version"], ["run", "-V"]])
  func version(words: [String]) throws {
    #expect(try TestProgram.output(words) == "rain 1.2.3\n")
  }

  @Test("the manual page is free of warnings and holds every option")
  func manual() throws {
    let page = try TestProgram.output(["manual"])
    let groff = installedProgram("groff").map { [$0, "-ww", "-man", "-Tutf8", "-P-cbou"] }
    guard let tool = groff ?? installedProgram("mandoc").map({ [$0, "-T", "utf8"] }) else {
      try Test.cancel("neither groff nor mandoc is installed")
    }
    let outcome = try ChildProcess.run(tool, input: page, separatesErrors: true)
    #expect(outcome.end == .exited(0) && outcome.errors == "", "\(outcome.errors)")
    for part in [
      "NAME", "rain - forecast the rain", "--log-level=error|warning|info",
      "rain run [OPTION]...",
      "-c, --config=FILE", "rain fixture generate", "RAIN_CONFIG", "/etc/rain.yaml",
      "rain run -c 'a b.yaml'", "kept as it is:   even spaces", "64",
    ] { #expect(outcome.output.contains(part), "\(part)") }
  }
}
