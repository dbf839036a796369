import Configuration
import YAMLCoding

/// The least that is a configuration; what a test adds comes after it or in place of a part.
struct Minimal {
  var kafka = "kafka:\n  bootstrap_servers: localhost:9092\n"
  var inputs = "inputs:\n  - topic: metrics\n"
  var streams = "streams:\n  - name: default\n"
  var rest = ""

  var text: String { kafka + inputs + streams + rest }
}

func decode(_ text: String) throws(YAMLError) -> DaemonConfiguration {
  try YAMLDecoder(fileName: "f.yaml").decode(DaemonConfiguration.self, from: Array(text.utf8))
}

/// The errors of a configuration; none where it is right.
func problems(_ text: String) -> [String] {
  do throws(YAMLError) {
    _ = try decode(text)
    return []
  } catch {
    return error.diagnostics.map(\.description)
  }
}
