package import MetricFormats
import TimeSeries

/// The decoders of the inputs that one worker or router reads. Its thread owns them, because
/// decoders reuse their buffers.
package struct InputDecoders {
  /// An input topic and the format of its messages.
  package struct Input: Sendable {
    package var topic: String
    package var format: InputFormat
    /// Whether routers of ours write the topic.
    package var isRouted: Bool
    /// Whether points that no stream matches go to the dead letters; otherwise they are only
    /// counted.
    package var refusesUnmatched: Bool

    package init(
      topic: String, format: InputFormat, isRouted: Bool = false, refusesUnmatched: Bool = false
    ) {
      self.topic = topic
      self.format = format
      self.isRouted = isRouted
      self.refusesUnmatched = refusesUnmatched
    }
  }

  /// Holds one decoder. A decoder cannot be copied, so the array holds boxes.
  private final class Box {
    var decoder: MessageDecoder
    init(_ format: InputFormat) { decoder = MessageDecoder(format) }
  }

  private let topics: [String]
  private let routedTopics: Set<String>
  private let refusals: [Bool]
  private let boxes: [Box]

  /// - Precondition: `inputs` is not empty.
  package init(_ inputs: [Input]) {
    precondition(!inputs.isEmpty, "a worker reads something")
    topics = inputs.map(\.topic)
    routedTopics = Set(inputs.filter(\.isRouted).map(\.topic))
    refusals = inputs.map(\.refusesUnmatched)
    boxes = inputs.map { Box($0.format) }
  }

  func isRouted(topic: String) -> Bool { routedTopics.contains(topic) }

  /// The number of the input with this topic.
  ///
  /// - Precondition: the source delivers the configured topics only.
  func input(ofTopic topic: String) -> Int {
    guard let input = topics.firstIndex(of: topic) else {
      preconditionFailure("topic '\(topic)' was not subscribed to")
    }
    return input
  }

  func refusesUnmatched(input: Int) -> Bool { refusals[input] }

  /// Decodes consecutive messages of one input. Points and drops carry the number of their message
  /// in the batch.
  func decode(
    _ messages: [InputMessage], _ range: Range<Int>, input: Int, into batch: inout PointBatch
  ) {
    // One access to the decoder for all messages, because each access is checked for exclusivity.
    Self.decode(messages, range, &boxes[input].decoder, into: &batch)
  }

  private static func decode(
    _ messages: [InputMessage], _ range: Range<Int>, _ decoder: inout MessageDecoder,
    into batch: inout PointBatch
  ) {
    for number in range {
      let message = messages[number]
      guard !message.isQuarantined else {
        batch.drops.append(Drop(message: UInt32(number), reason: .quarantined))
        continue
      }
      decoder.decode(
        RawMessage(
          key: message.key, value: message.value, recordTime: message.recordTime,
          index: UInt32(number)),
        into: &batch)
    }
  }
}
