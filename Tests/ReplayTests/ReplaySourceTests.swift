import MetricFormats
import Pipeline
import Replay
import TestSupport
import Testing

@Suite("Files as one partition")
struct ReplaySourceTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("files are merged by time, of equal times the file named first comes first")
  func mergeByTime() throws {
    let late = try directory.write(
      "late.csv", "time,value\n1500000002,1\n1500000004,2\n1500000006,3\n")
    let early = try directory.write(
      "early.csv", "time,value\n1500000001,10\n1500000002,20\n1500000007,30\n")
    let lines = try directory.write(
      "lines.influx",
      "load,host=a value=5 1500000003000000000\nload,host=a value=6 1500000006500000000\n")
    let reading = try SourceReading([late, early, lines])
    #expect(
      reading.rows.map(\.description) == [
        "early@1500000001000=10.0", "late@1500000002000=1.0", "early@1500000002000=20.0",
        "load,host=a@1500000003000=5.0", "late@1500000004000=2.0", "late@1500000006000=3.0",
        "load,host=a@1500000006500=6.0", "early@1500000007000=30.0",
      ])
    #expect(reading.offsets == Array(0..<8))
    #expect(reading.refusals.isEmpty)
  }

  @Test("within a file the order is the file's, also where times go back")
  func fileOrderIsKept() throws {
    let first = try directory.write("a.csv", "time,value\n5000,1\n1000,2\n6000,3\n")
    let second = try directory.write("b.csv", "time,value\n4000,10\n5500,20\n")
    let reading = try SourceReading([first, second])
    #expect(reading.rows.map(\.value) == [10, 1, 2, 20, 3])
  }

  @Test("the batch limit changes the batches and nothing else", arguments: [1, 3, 1000])
  func batchLimits(limit: Int) throws {
    var text = "time,a,b\n"
    for row in 0..<500 {
      text += "\(1_500_000_000 + row),\(row % 7 == 0 ? "" : "\(row)"),\(row * 2)\n"
    }
    let paths = [
      try directory.write("wide.csv", text),
      try directory.write("x.graphite", "cpu 1 1500000100\nbroken\ncpu 2 1500000400\n"),
    ]
    let whole = try SourceReading(paths)
    let limited = try SourceReading(paths, messagesMaximum: limit)
    #expect(limited.rows == whole.rows)
    #expect(limited.refusals == whole.refusals)
    #expect(limited.offsets == whole.offsets)
    #expect(limited.batchSizes.allSatisfy { $0 <= limit })
    #expect(limited.rows.count == 500 * 2 - 72 + 2)
    #expect(limited.missingValueCount == 72)
  }

  /// Each a file name, its text, the rows and the refusals.
  static let files: [(String, String, [String], [String])] = [
    // Header in any case, quoted fields, empty values, annotations.
    (
      "cloud.csv",
      "\"TIMEstamp\",\"VALUE\",\"Label\"\n\"2018-07-03 14:00:00\",1.5,0\n"
        + "2018-07-03T15:00:00Z,,0\n2018-07-03 16:00:00,\"2\",1\n",
      ["cloud@1530626400000=1.5", "cloud@1530633600000=2.0"], []
    ),
    // A byte order mark, CRLF, blank lines and no line end at the end.
    (
      "bom.csv", "\u{FEFF}time,value\r\n\r\n1000,1\r\n\r\n2000,2",
      ["bom@1000000=1.0", "bom@2000000=2.0"],
      []
    ),
    // One series a text in the series column; rows that are only numbered have an index.
    (
      "long.csv", "time,series,value\n1,\"cpu,host=a\",3\n1,mem,4\n2,,5\n",
      ["cpu,host=a@1=3.0", "mem@1=4.0"], ["4 not_a_metric"]
    ),
    // One series a column; good values of a row are kept beside a bad one.
    (
      "wide.csv", "time,a,b,c\n1,2,,4\n2,5,x,7\n",
      ["a@1=2.0", "c@1=4.0", "a@2=5.0", "c@2=7.0"], ["3 malformed"]
    ),
    // Each reason, at its line; an unclosed quote takes nothing with it but its row.
    (
      "bad.csv", "time,value\n1,1\nyesterday,2\n3,abc\n4,nan\n5,\"6\n7,8\n9,9,9\n10,10\n",
      ["bad@1000=1.0", "bad@7000=8.0", "bad@10000=10.0"],
      ["3 malformed", "4 malformed", "5 not_finite", "6 malformed", "8 malformed"]
    ),
    // Lines of whichever format.
    (
      "mixed.txt",
      "# a comment\nload,host=a value=1 1000000000000000000\n\ncpu.user 2 1001\n"
        + #"{"series":"mem","value":3,"timestamp":1002}"# + "\nnot a metric\nload value=nope 1\n",
      ["load,host=a@1000000000000=1.0", "cpu.user@1001000=2.0", "mem@1002000=3.0"],
      ["6 malformed", "7 malformed"]
    ),
    // A replay has no broker that would say when.
    (
      "untimed.lp", "load value=1\nload value=2 2000000000\n", ["load@2000000000000=2.0"],
      ["1 no_timestamp"]
    ),
  ]

  @Test("tables and lines give the rows and refusals that stand in them", arguments: files)
  func readsFile(name: String, text: String, rows: [String], refusals: [String]) throws {
    let reading = try SourceReading([try directory.write(name, text)])
    #expect(reading.rows.map(\.description) == rows)
    #expect(reading.refusals == refusals)
  }

  @Test("a refusal comes after the row before it, with its text as it stands in the file")
  func refusalsKeepTheirPlace() throws {
    let table = try directory.write("a.csv", "time,value\n1,1\n2,\"oops\"\n9,3\n")
    let other = try directory.write("b.csv", "time,value\n5,50\n")
    let source = try SourceReading([table, other])
    #expect(source.refusedTexts == ["2,\"oops\""])
    #expect(source.refusals == ["3 malformed"])
    #expect(source.rows.map(\.value) == [1, 50, 3])
  }

  @Test("a line longer than a message may be is refused, and the next one is read")
  func longLine() throws {
    let long = String(repeating: "x", count: 3 << 20)
    let path = try directory.write(
      "long.influx", "a value=1 1000000000\n\(long)\na value=2 2000000000\n\(long)")
    let reading = try SourceReading([path], format: "influx")
    #expect(reading.rows.map(\.value) == [1, 2])
    #expect(reading.refusals == ["2 oversized", "4 oversized"])
    #expect(reading.refusedTexts.count == 2)
    #expect(reading.refusedTexts.allSatisfy { $0.utf8.count <= (1 << 20) + 1 })
  }

  @Test("files larger than the read buffer are read whole, with right line numbers")
  func manyChunks() throws {
    var text = ""
    for row in 1...20_000 {
      text +=
        row % 5000 == 0 ? "bad line \(row)\n" : "m,row=\(row % 10) value=\(row) \(row)000000\n"
    }
    let reading = try SourceReading([try directory.write("big.influx", text)], format: "influx")
    #expect(reading.rows.map(\.value) == (1...20_000).filter { $0 % 5000 != 0 }.map(Double.init))
    #expect(
      reading.refusals.map { $0.prefix { $0 != " " } } == ["5000", "10000", "15000", "20000"])
  }

  @Test("a table without a header is an error that names file and line")
  func headerless() throws {
    let path = try directory.write("raw.csv", "1,2\n3,4\n")
    let error = #expect(throws: ReplayError.self) { _ = try SourceReading([path]) }
    #expect(error?.description.hasPrefix("\(path):1: ") == true)
  }
}
