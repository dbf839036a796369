import Foundation
import Scores
import TableDetection
import TestSupport
import Testing

@Suite("Detection over tables")
struct TableDetectionRunTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Hourly values with a daily season, spikes at rows 300 and 350, and what is wrong in some rows.
  private func rows(_ count: Int, isLabelled: Bool = true) -> [String] {
    var random = SplitMix(seed: 7)
    return (0..<count).map { row in
      let hour = Double(row % 24)
      var value = "\((hour < 12 ? hour : 24 - hour) * 4 + random.uniform() + 10)"
      var time = "2024-01-\(two(1 + row / 24 % 28)) \(two(row % 24)):00:00"
      let label = row == 300 || row == 350
      if label { value = "500.0" }
      switch row {
      case 120: value = ""
      case 121: value = "oops"
      case 122: time = "yesterday"
      case 123: value = "nan"
      // The bucket of the last usable row, and one long closed.
      case 124: time = "2024-01-05 23:30:00"
      case 125: time = "2024-01-02 00:00:00"
      default: break
      }
      if row % 7 == 0 { (time, value) = ("\"\(time)\"", "\"\(value)\"") }
      return isLabelled ? "\(time),\(value),\(label ? 1 : 0)" : "\(time),\(value)"
    }
  }

  private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private func table(_ rows: [String], isLabelled: Bool = true) -> String {
    (isLabelled ? "TimeStamp,Value,Label\n" : "timestamp,value\n")
      + rows.map { $0 + "\n" }.joined()
  }

  private func detect(
    _ paths: [String], to output: String, threads: Int = 1
  ) throws -> TableDetectionReport {
    try TableDetectionRun(
      paths: paths.map { directory.path + "/" + $0 },
      outputDirectory: directory.path + "/" + output, threads: threads
    ).run()
  }

  private func lines(_ name: String) throws -> [String] {
    try directory.read(name).split(separator: "\n", omittingEmptySubsequences: false)
      .dropLast().map(String.init)
  }

  @Test("one row for each row of the input, with its time and value as they are written")
  func rowForRow() throws {
    let input = rows(400)
    try directory.write("in/a.csv", "\n" + table(input).replacing("\n", with: "\r\n"))
    let report = try detect(["in/a.csv"], to: "out")
    let output = try lines("out/a.csv")
    #expect(
      output[0] == "timestamp,value,expected,lower,upper,anomaly_score,is_anomaly,evidence")
    try #require(output.count == 401)
    for (row, line) in output.dropFirst().enumerated() {
      let (given, got) = (
        input[row].split(separator: ",", omittingEmptySubsequences: false),
        line.split(separator: ",", omittingEmptySubsequences: false)
      )
      try #require(got.count == 8, "\(line)")
      #expect(got[0] == given[0] && got[1] == given[1])
      let score = try #require(Double(got[5]))
      #expect((0...1).contains(score))
      if row < 33 || (120...125).contains(row) {
        #expect(got[2...] == ["", "", "", "0.0", "0", ""], "row \(row): \(line)")
      } else {
        #expect(Double(got[2]) != nil && Double(got[3]) != nil && Double(got[4]) != nil, "\(line)")
        #expect(try #require(Double(got[3])) <= #require(Double(got[4])))
      }
    }
    // 500 is far from everything, and the rows around it are not.
    let spike = output[301].split(separator: ",", omittingEmptySubsequences: false)
    #expect(spike[6] == "1" && spike[7] != "")
    #expect(report.rowCount == 400 && report.unjudgedCount == 6)
    #expect(report.scores?.incidents.found == 2)
  }

  @Test(
    "a table that is cut off gives the same bytes up to the cut", arguments: [20, 65, 301, 338])
  func cut(count: Int) throws {
    let input = rows(400)
    try directory.write("in/a.csv", table(input))
    try directory.write("cut/a.csv", table(Array(input.prefix(count))))
    _ = try detect(["in"], to: "whole")
    _ = try detect(["cut"], to: "part")
    let (whole, part) = (try lines("whole/a.csv"), try lines("part/a.csv"))
    #expect(part.count == count + 1)
    #expect(part[...] == whole.prefix(count + 1))
    // It is not the same because nothing was said.
    #expect(whole.contains { $0.split(separator: ",").count == 8 })
  }

  @Test("labels, threads and the other tables change no byte")
  func labels() throws {
    try directory.write("labelled/a.csv", table(rows(400)))
    try directory.write("bare/b/a.csv", table(rows(400, isLabelled: false), isLabelled: false))
    try directory.write("bare/c.csv", table(rows(90, isLabelled: false), isLabelled: false))
    let scored = try detect(["labelled"], to: "one")
    let unscored = try detect(["bare"], to: "two", threads: 2)
    #expect(try directory.read("one/a.csv") == directory.read("two/b/a.csv"))
    #expect(scored.scores != nil && unscored.scores == nil)
    #expect(!(try directory.read("two/report.json").contains("numenta")))
    _ = try detect(["labelled"], to: "three", threads: 2)
    for name in ["a.csv", "report.json", "report.html"] {
      #expect(try directory.read("one/\(name)") == directory.read("three/\(name)"))
    }
  }

  @Test("directories are walked, and what is written there is not read again")
  func directories() throws {
    let text = table(rows(60))
    for name in ["in/x/b.csv", "in/x/y/c.CSV", "in/a.csv", "in/.hidden/d.csv"] {
      try directory.write(name, text)
    }
    try directory.write("in/x/b.csv-metadata.json", "{}")
    for _ in 0..<2 {
      let report = try detect(["in"], to: "in/out")
      #expect(report.rowCount == 180)
    }
    #expect(
      try directory.contents("in/out") == ["a.csv", "report.html", "report.json", "x"])
    #expect(try directory.contents("in/out/x") == ["b.csv", "y"])
    #expect(try lines("in/out/x/y/c.CSV").count == 61)
  }

  @Test("nothing is run where a file is no table, or a result would replace something")
  func refusals() throws {
    try directory.write("in/a.csv", table(rows(40)))
    try directory.write("other/a.csv", table(rows(40)))
    try directory.write("wide/b.csv", "time,north,south\n1,2,3\n")
    try directory.write("numbers/a.csv", "1,2\n3,4\n")
    try directory.write("empty/a.csv", "\n\n")
    try directory.write("none/a.txt", "")
    func refusal(_ paths: [String], _ output: String) throws -> String {
      do {
        _ = try detect(paths, to: output)
      } catch {
        return "\(error)"
      }
      return ""
    }
    #expect(try refusal(["in", "other"], "out").contains("would both be written"))
    #expect(try refusal(["in/a.csv"], "in").contains("is a table to read"))
    #expect(try refusal(["in", "wide"], "out").contains("wide/b.csv:1: not a table"))
    #expect(try refusal(["numbers"], "out").contains("not a table"))
    #expect(try refusal(["empty"], "out").contains("the file is empty"))
    #expect(try refusal(["none"], "out").contains("no .csv file"))
    #expect(try refusal(["missing"], "out").contains("cannot be read"))
    #expect(!FileManager.default.fileExists(atPath: directory.path + "/out"))
  }

  @Test("rows with wrong fields, and an open quote, are rows of the result")
  func brokenRows() throws {
    var input = rows(80)
    input[50] = "2024-01-03 02:00:00"
    input[51] = "\"2024-01-03 03:00:00,5,0"
    input[52] = "2024-01-03 04:00:00,5,0,9"
    try directory.write("in/a.csv", table(input))
    _ = try detect(["in"], to: "out")
    let output = try lines("out/a.csv")
    #expect(output.count == 81)
    #expect(output[51] == "2024-01-03 02:00:00,,,,,0.0,0,")
    #expect(output[52] == "\"\"\"2024-01-03 03:00:00,5,0\",,,,,0.0,0,")
    #expect(output[53] == "2024-01-03 04:00:00,5,,,,0.0,0,")
    #expect(output[54].split(separator: ",").count > 5)
  }

  @Test("a table whose rows are only numbered is a series without times")
  func numbered() throws {
    let input = (0..<120).map { "\($0),\(Double($0 % 5) + 1)" }
    try directory.write("in/a.csv", "index,value\n" + input.joined(separator: "\n"))
    _ = try detect(["in"], to: "out")
    let output = try lines("out/a.csv")
    #expect(output.count == 121)
    #expect(output[100].hasPrefix("99,5.0,"))
    #expect(output.last?.split(separator: ",", omittingEmptySubsequences: false)[2] != "")
    #expect(try directory.read("out/report.json").contains("\"time\" : \"index\""))
  }

  @Test("the page draws each series with its labels, and refers to no other file")
  func page() throws {
    try directory.write("in/a & b.csv", table(rows(400)))
    _ = try detect(["in"], to: "out")
    let page = try directory.read("out/report.html")
    #expect(page.contains("a &amp; b.csv") && !page.contains("a & b.csv"))
    #expect(page.components(separatedBy: "<svg").count == 3)
    #expect(page.contains("class=\"labelled\"") && page.contains("class=\"right\""))
    #expect(!page.contains("src=") && !page.contains("href=") && !page.contains("NaN"))
  }
}
