/// A header of a record.
package struct RecordHeader: Sendable, Equatable {
  package var name: String
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// The headers of a kind of record, built once and handed over by reference for each record.
package final class RecordHeaders: Sendable {
  package let headers: [RecordHeader]

  package init(_ headers: [RecordHeader]) { self.headers = headers }
}
