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

  /// Bytes that the headers have at most in a record, with the lengths of names and values.
  package let byteCount: Int

  package init(_ headers: [RecordHeader]) {
    self.headers = headers
    byteCount = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 10 }
  }
}
