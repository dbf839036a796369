/// Bounds of one poll.
package struct BatchLimits: Sendable {
  package var messagesMaximum = 2048
  package var bytesMaximum = 4 << 20
  /// How long a poll waits for the first message.
  package var waitMilliseconds = 100

  package init() {}
}

package enum PollResult: Sendable, Equatable {
  /// The batch contains the messages that came. It may be empty.
  case messages
  /// The group has assigned these partitions. The caller answers with `start`.
  case assigned([PartitionID])
  /// The group revokes these partitions. The caller commits, then answers with `release`.
  case revoked([PartitionID])
  /// Another member owns these partitions already. The caller drops their state, then answers with
  /// `release`.
  case lost([PartitionID])
  /// A finite source has delivered all its messages.
  case ended
}
