import Notation
import YAMLCoding

/// A configuration with every kind of value the decoder knows.
struct TestConfiguration: Decodable, Equatable {
  enum Mode: String, Decodable, CaseIterable { case lstm, naive, seasonal }

  struct Stream: Decodable, Equatable {
    var name: String
    var interval: Int
    var mode: Mode?
    var quantiles: [Double]?
  }

  var streams: [Stream]
  var kafka: [String: String]?
  var port: UInt16?
  var verbose: Bool?
}

/// A hand-written `init(from:)` that throws an error of its own and one of the decoder's.
struct TestInterval: Decodable, Equatable {
  var duration: Duration

  init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    duration = try DurationNotation.parse(text)
  }
}

func decode<T: Decodable>(_ type: T.Type, _ text: String) throws(YAMLError) -> T {
  try YAMLDecoder(fileName: "f.yaml").decode(type, from: Array(text.utf8))
}

/// The diagnostics as lines, or none where decoding succeeds.
func problems<T: Decodable>(_ type: T.Type, _ text: String) -> [String] {
  do throws(YAMLError) {
    _ = try decode(type, text)
    return []
  } catch {
    return error.diagnostics.map(\.description)
  }
}
