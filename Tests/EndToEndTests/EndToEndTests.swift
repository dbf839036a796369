import KafkaTestBroker
import Testing

/// The real program against a real Kafka. One test after the other: a machine that runs one broker
/// and one daemon well is slow with six of each, and slow is what time limits take for broken.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct EndToEndTests {}

extension Trait where Self == ConditionTrait {
  static var needsBroker: Self {
    .enabled(if: KafkaTestBroker.isAvailable, "\(KafkaTestBroker.unavailableReason)")
  }
  static var needsKcat: Self {
    .enabled(if: Programs.kcat != nil, "\(Kcat.unavailableReason)")
  }
  static var needsCollectd: Self {
    .enabled(if: Programs.collectd != nil, "no collectd: install collectd-core")
  }
  static var needsPython: Self {
    .enabled(if: Programs.python != nil, "no python3: install python3")
  }
}
