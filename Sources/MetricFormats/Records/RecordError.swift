/// Why bytes are not a record of the expected kind.
package enum RecordError: Error, Sendable, Equatable, CustomStringConvertible {
  case notJSON
  case wrongField(name: String)

  package var description: String {
    switch self {
    case .notJSON: "the record is not JSON: check that the topic is one of the daemon's outputs"
    case .wrongField(let name):
      """
      the record has no field '\(name)' as docs/records.md specifies it: check that the topic is \
      the right one, and that this program is not older than the daemon that wrote it
      """
    }
  }
}
