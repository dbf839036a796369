import Replay
import TestSupport
import Testing

@Suite("Finding files to replay")
struct ReplayFileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("a directory stands for its data files, in the order of their names, without descriptions")
  func directories() throws {
    for name in ["b/two.csv", "a/one.csv", "b/more.jsonl", "x.influx"] {
      try directory.write(name, "")
    }
    for name in ["README.md", "a/one.csv-metadata.json", ".hidden.csv", "LICENSE", "notes.txt"] {
      try directory.write(name, "")
    }
    let files = try ReplayFile.find([directory.path])
    #expect(
      files.map { $0.path.dropFirst(directory.path.count) }
        == ["/a/one.csv", "/b/more.jsonl", "/b/two.csv", "/x.influx"])
    #expect(files.map(\.content) == [.csv, .lines, .csv, .lines])
  }

  @Test("files of one name get as much of their path as tells them apart")
  func seriesNames() throws {
    for name in ["eu/web/cpu.csv", "us/web/cpu.csv", "us/db/cpu.csv", "us/mem.csv"] {
      try directory.write(name, "")
    }
    let files = try ReplayFile.find([directory.path])
    #expect(Set(files.map(\.seriesName)) == ["eu/web/cpu", "us/web/cpu", "db/cpu", "mem"])
  }

  /// Each a first line and what the file then is.
  static let firstLines: [(String, ReplayFile.Content)] = [
    ("timestamp,value", .csv),
    ("\"timestamp\",\"value\"", .csv),
    ("cpu,host=a usage=1 1700000000", .lines),
    (#"{"series":"a","value":1,"labels":{}}"#, .lines),
    ("cpu.user 12 1700000000", .lines),
    ("# comment\ncpu,host=a usage=1", .lines),
    ("", .lines),
  ]

  @Test("an unknown extension is told by the first line", arguments: firstLines)
  func contentByFirstLine(line: String, content: ReplayFile.Content) throws {
    let path = try directory.write("data.log", line + "\n")
    #expect(try ReplayFile.find([path]).map(\.content) == [content])
  }

  @Test("what is named twice is replayed once, and what is given explicitly wins")
  func duplicates() throws {
    let path = try directory.write("data.csv", "a value=1 1\n")
    let files = try ReplayFile.find([path, directory.path], content: .lines)
    #expect(files.map(\.content) == [.lines])
  }

  @Test("a missing file, an empty directory and a device are errors that name the path")
  func errors() throws {
    for path in [directory.path + "/none.csv", directory.path, "/dev/null"] {
      let error = #expect(throws: ReplayError.self) { try ReplayFile.find([path]) }
      #expect(error?.description.hasPrefix(path) == true)
    }
  }
}
