package import KafkaClient

extension KafkaConfiguration {
  /// A copy with one more property, for chains.
  package func setting(_ name: String, _ value: String) -> KafkaConfiguration {
    var copy = self
    copy[name] = value
    return copy
  }
}
