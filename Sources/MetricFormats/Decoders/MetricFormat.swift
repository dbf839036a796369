/// A format of the messages on a metric topic. Adding one takes its file and a line in `all`.
package struct MetricFormat: Sendable {
  package let name: String
  package let description: String
  /// The options that mean something to the format.
  package let options: Set<FormatOption>
  let makeDecoder: @Sendable (FormatOptions, DecoderLimits) -> any FormatDecoder

  package static let all: [MetricFormat] = [
    .auto, .telegrafJSON, .influx, .collectdJSON, .graphite, .json, .compact,
  ]
}
