import MetricFormats
import Testing

@Suite("Formats of inputs")
struct InputFormatTests {
  @Test("lines have the one format of the inputs, and are told by their looks without inputs")
  func ofLines() throws {
    let influx = try InputFormat(name: "influx")
    #expect(try InputFormat.ofLines([influx, influx]).format.name == "influx")
    #expect(try InputFormat.ofLines([]).format.name == "auto")
  }

  @Test("inputs of several formats are refused, with their names")
  func severalFormats() throws {
    let formats = [try InputFormat(name: "json"), try InputFormat(name: "influx")]
    #expect(throws: FormatError.severalFormats(names: ["influx", "json"])) {
      try InputFormat.ofLines(formats)
    }
  }
}
