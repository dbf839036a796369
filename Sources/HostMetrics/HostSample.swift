/// One measurement of this host at one instant, ready to be encoded.
package struct HostSample: Equatable, Sendable {
  package struct Tag: Equatable, Sendable {
    package let key: String
    package let value: String

    package init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  package enum Value: Equatable, Sendable {
    case integer(Int64)
    case float(Double)
  }

  package struct Field: Equatable, Sendable {
    package let name: String
    package let value: Value

    package init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  package let measurement: HostMeasurement
  /// Sorted by key, as line protocol wants them.
  package let tags: [Tag]
  package var fields: [Field]
  /// Since the Unix epoch.
  package let timestampNanoseconds: Int64

  package init(
    _ measurement: HostMeasurement, tags: [Tag], fields: [Field], timestampNanoseconds: Int64
  ) {
    self.measurement = measurement
    self.tags = tags.sorted { $0.key < $1.key }
    self.fields = fields
    self.timestampNanoseconds = timestampNanoseconds
  }
}
