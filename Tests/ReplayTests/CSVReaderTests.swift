import MetricFormats
import Replay
import Testing
import TimeSeries

@Suite struct CSVReaderTests {
  /// A row of the table test.
  struct File: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let text: String
    /// A line for each point (`key kind time value`), each drop, the missing values and each label.
    let expected: [String]

    init(_ comment: String, _ text: String, _ expected: [String]) {
      testDescription = comment
      self.text = text
      self.expected = expected
    }
  }

  static let cases = [
    File(
      "one series with labels, as the cloud-monitoring set has it",
      "TimeStamp,Value,Label\n\"2018-06-13T00:00:00Z\",482,0\n\"2018-06-13T00:01:00Z\",1302.5,1\n",
      [
        "file gauge 1528848000000 482.0", "file gauge 1528848060000 1302.5",
      ]),
    File(
      "every field quoted, CRLF, byte order mark, no end of the last line",
      "\u{FEFF}\"TimeStamp\",\"Value\",\"Label\"\r\n\"2018-06-13T00:00:00Z\",\"482\",\"0\"\r\n\"2018-06-13T00:01:00Z\",\"1\",\"0\"",
      ["file gauge 1528848000000 482.0", "file gauge 1528848060000 1.0"]),
    File(
      "columns in another order, header in any case, blanks around fields",
      "VALUE , time\n 1 , 2018-06-13 00:00:00 \n", ["file gauge 1528848000000 1.0"]),
    File(
      "an empty value is missing", "time,value\n2018-06-13,\n2018-06-13,\"\"\n2018-06-13,1\n",
      ["file gauge 1528848000000 1.0", "missing 2"]),
    File(
      "times in seconds and milliseconds, with a zone",
      "t,value\n1528848000,1\n1528848000000,2\n2018-06-13T02:00+02:00,3",
      [
        "file gauge 1528848000000 1.0", "file gauge 1528848000000 2.0",
        "file gauge 1528848000000 3.0",
      ]),
    File(
      "a row for each series and time",
      "Series,Time,Value\n\"cpu,host=b,dc=a\",1528848000,1\nmem,1528848000,2\n,1528848000,3\n",
      [
        "cpu,dc=a,host=b gauge 1528848000000 1.0", "mem gauge 1528848000000 2.0",
        "drop not_a_metric",
      ]),
    File(
      "a column for each series",
      "date,HUFL,\"x,a=b\"\n2016-07-01 00:00:00,5.8,2\n2016-07-01 01:00:00,,3\n",
      [
        "HUFL gauge 1467331200000 5.8", "x,a=b gauge 1467331200000 2.0",
        "x,a=b gauge 1467334800000 3.0",
        "missing 1",
      ]),
    File(
      "a value beside other series is a series", "time,value,other\n1528848000,1,2\n",
      ["value gauge 1528848000000 1.0", "other gauge 1528848000000 2.0"]),
    File(
      "a column that numbers the rows is an index, whatever it is called, also with rows left out",
      "time,a\n1,5\n2,6\n5,7\n6,8\n",
      [
        "a gauge 1 5.0", "a gauge 2 6.0", "a gauge 5 7.0", "a gauge 6 8.0",
      ]),
    File(
      "an index that comes again for each series",
      "series,step,value\nx,0,1\ny,0,2\nx,1,3\ny,1,4\n",
      ["x gauge 0 1.0", "y gauge 0 2.0", "x gauge 1 3.0", "y gauge 1 4.0"]),
    File(
      "without a column of times the rows are counted, unusable ones too",
      "a,b\n5.5,1\n4.5,2\nx,3\n6,4\n",
      [
        "a gauge 0 5.5", "b gauge 0 1.0", "a gauge 1 4.5", "b gauge 1 2.0", "b gauge 2 3.0",
        "a gauge 3 6.0", "b gauge 3 4.0", "drop malformed",
      ]),
    File(
      "one column of values is a series", "value\n3\n4\n", ["file gauge 0 3.0", "file gauge 1 4.0"]),
    File(
      "small numbers that are spaced like times are seconds since 1970", "t,a\n0,1\n60,2\n120,3\n",
      ["a gauge 0 1.0", "a gauge 60000 2.0", "a gauge 120000 3.0"]),
    File(
      "quotes and line ends inside quotes", "time,\"a \"\"b\"\"\nc\"\n1528848000,1\n",
      [#"a "b"\x0ac gauge 1528848000000 1.0"#]),
    File(
      "bad rows leave the others",
      "time,value\n\nyesterday,1\n1528848000,x\n1528848000,nan\n1528848000\n1528848000,7\n",
      [
        "file gauge 1528848000000 7.0", "drop malformed", "drop malformed", "drop not_finite",
        "drop malformed",
      ]),
  ]

  @Test("tables of many shapes become points, drops and labels", arguments: cases)
  func table(_ file: File) throws {
    // Whatever the number of rows at a time.
    for rowCountMaximum in [1, 2, 1000] {
      var reader = try CSVReader(contents: Array(file.text.utf8), seriesName: "file")
      var all = PointBatch()
      while reader.read(rowCountMaximum: rowCountMaximum, into: &all) > 0 {}
      #expect(lines(of: all) == file.expected)
    }
  }

  @Test("rows are numbered within their batch")
  func rowNumbers() throws {
    let text = "time,value\n1,1\nx,2\n3,3\n"
    var reader = try CSVReader(contents: Array(text.utf8), seriesName: "file")
    var batch = PointBatch()
    #expect(reader.read(rowCountMaximum: 10, into: &batch) == 3)
    #expect(batch.points.map(\.message) == [0, 2])
    #expect(batch.drops == [Drop(message: 1, reason: .malformed)])
    #expect(reader.read(rowCountMaximum: 10, into: &batch) == 0)
  }

  @Test("a table without a header is an error")
  func noHeader() {
    for (text, error) in [
      ("", CSVError.empty), ("1528848000,1\n", .noHeader), ("value\nx\n", .tooFewColumns),
    ] {
      #expect(throws: error) { try CSVReader(contents: Array(text.utf8), seriesName: "f") }
    }
  }

  private func lines(of batch: PointBatch) -> [String] {
    let points = batch.points.map { point in
      let start = Int(point.keyStart)
      let key = batch.keyBytes[start..<start + Int(point.keyLength)]
      return "\(String(decoding: key, as: UTF8.self)) \(point.kind) \(point.time) \(point.value)"
    }
    let missing = batch.missingValueCount
    return points + batch.drops.map { "drop \($0.reason.name)" }
      + (missing > 0 ? ["missing \(missing)"] : [])
  }
}
