/// A header of a record.
package struct RecordHeader: Sendable, Equatable {
  package var name: String
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A set of record headers. It is built once and passed by reference, so that the records of one
/// kind share it.
package final class RecordHeaders: Sendable {
  package let headers: [RecordHeader]

  package init(_ headers: [RecordHeader]) { self.headers = headers }
}
