import CLibrdkafka

/// Properties of one client in the order they were given; every librdkafka property passes through.
///
/// The values are checked by librdkafka when a client is made, which then throws an error that
/// names the property. Descriptions and errors never show secrets.
package struct KafkaConfiguration: Sendable, CustomStringConvertible {
  package private(set) var properties: [(name: String, value: String)] = []

  /// Where the values of properties were written, if it is elsewhere than under their names.
  private var settings: [String: String] = [:]

  package init(bootstrapServers: String) {
    self["bootstrap.servers"] = bootstrapServers
  }

  /// Setting a property again replaces its value in place; `nil` removes it.
  package subscript(name: String) -> String? {
    get { properties.first { $0.name == name }?.value }
    set {
      let index = properties.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let value?): properties[index].value = value
      case (nil, let value?): properties.append((name, value))
      case (let index?, nil): properties.remove(at: index)
      case (nil, nil): break
      }
    }
  }

  /// Notes the setting that a property's value comes from, for errors.
  package mutating func note(setting: String, of name: String) { settings[name] = setting }

  func setting(of name: String) -> String { settings[name] ?? name }

  package var clientID: String? {
    get { self["client.id"] }
    set { self["client.id"] = newValue }
  }
  package var groupID: String? {
    get { self["group.id"] }
    set { self["group.id"] = newValue }
  }
  /// Static membership: a member that comes back within the session timeout keeps its partitions.
  package var groupInstanceID: String? {
    get { self["group.instance.id"] }
    set { self["group.instance.id"] = newValue }
  }
  package var transactionalID: String? {
    get { self["transactional.id"] }
    set { self["transactional.id"] = newValue }
  }

  /// Sets `name` unless the configuration has it already.
  mutating func setDefault(_ name: String, _ value: String) {
    if self[name] == nil { self[name] = value }
  }

  package var description: String {
    properties.map { "\($0.name)=\(Self.isSecret($0.name) ? "<redacted>" : $0.value)" }
      .joined(separator: " ")
  }

  /// Whether values of the property must not be shown; unknown properties are judged by name.
  package static func isSecret(_ name: String) -> Bool {
    ["password", "secret", "key.pem", "oauthbearer.config", "token"].contains(where: name.contains)
  }

  /// A librdkafka configuration object, which the caller hands to `rd_kafka_new` or destroys.
  func makeObject() throws(KafkaError) -> OpaquePointer {
    // Never nil: librdkafka aborts when memory is exhausted.
    let object: OpaquePointer = rd_kafka_conf_new()
    for (name, value) in properties {
      var reason = ErrorText()
      let result = reason.withBuffer { rd_kafka_conf_set(object, name, value, $0, $1) }
      guard result == RD_KAFKA_CONF_OK else {
        rd_kafka_conf_destroy(object)
        var text = reason.text
        if Self.isSecret(name), !value.isEmpty {
          text = text.split(separator: value, omittingEmptySubsequences: false)
            .joined(separator: "<redacted>")
        }
        throw KafkaError(
          RD_KAFKA_RESP_ERR__INVALID_ARG, "set the property \"\(name)\"", reason: text,
          recovery: .exit)
      }
    }
    return object
  }
}

/// The buffer librdkafka writes its reasons to.
struct ErrorText {
  private var bytes = [CChar](repeating: 0, count: 512)

  mutating func withBuffer<Result>(
    _ body: (UnsafeMutablePointer<CChar>?, Int) -> Result
  ) -> Result {
    bytes.withUnsafeMutableBufferPointer { body($0.baseAddress, $0.count) }
  }

  var text: String {
    String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
