import TestSupport
import Testing
import TimeSeries

@Suite("Series keys")
struct SeriesKeyTests {
  @Test("labels are sorted by name, whatever order they came in")
  func sorted() {
    let key = SeriesKey(
      name: "cpu", labels: [.init(name: "host", value: "a"), .init(name: "dc", value: "b")])
    #expect(key.description == "cpu,dc=b,host=a")
    #expect(key[label: "host"] == "a")
    #expect(key[label: "rack"] == nil)
  }

  @Test("a label given twice makes the same key in either order")
  func twice() {
    let one = SeriesKey.Label(name: "a", value: "1")
    let two = SeriesKey.Label(name: "a", value: "2")
    #expect(SeriesKey(name: "x", labels: [two, one]) == SeriesKey(name: "x", labels: [one, two]))
  }

  @Test("what has a meaning in the canonical text is escaped")
  func escapes() {
    let key = SeriesKey(name: "a,b=c\\d\n", labels: [.init(name: "x=", value: ",\u{7F}")])
    #expect(key.description == "a\\,b\\=c\\\\d\\x0a,x\\==\\,\\x7f")
  }

  @Test("any name and labels come back from the canonical text")
  func roundTrip() throws {
    let alphabet: [Character] = [
      "a", "x", "0", "1", "f", ",", "=", "\\", "\n", "\0", "é", "😀", " ",
    ]
    var random = RandomSource(seed: 3)
    func text() -> String {
      String(
        (0..<Int.random(in: 0...6, using: &random)).map { _ in
          alphabet.randomElement(using: &random)!
        })
    }
    for _ in 0..<20_000 {
      let labels = (0..<Int.random(in: 0...3, using: &random)).map { index in
        SeriesKey.Label(name: "\(index)" + text(), value: text())
      }
      let key = SeriesKey(name: text(), labels: labels)
      try #require(SeriesKey(canonical: key.canonical) == key)
    }
  }

  @Test("any bytes have a reading, and its canonical text reads the same")
  func anyBytes() throws {
    var random = RandomSource(seed: 5)
    let alphabet = Array("a,=\\x0fg".utf8) + [0, 0xFF]
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...8, using: &random)).map { _ in
        alphabet.randomElement(using: &random)!
      }
      let key = SeriesKey(canonical: bytes)
      try #require(SeriesKey(canonical: key.canonical) == key, "\(bytes)")
    }
  }

  @Test("a word needs escapes exactly where one of its bytes has one, whichever of the eight it is")
  func wordsWithEscapes() {
    for byte in UInt8.min...UInt8.max {
      let hasEscape = SeriesKeyEscape.escaped(byte).count > 1
      for place in 0..<8 {
        var word: UInt64 = 0x6161_6161_6161_6161
        word &= ~(0xFF << UInt64(8 * place))
        word |= UInt64(byte) << UInt64(8 * place)
        #expect(SeriesKeyEscape.isNeeded(in: word) == hasEscape, "byte \(byte) at \(place)")
      }
    }
  }
}
