/// How much one poll may bring.
package struct BatchLimits: Sendable {
  package var messagesMaximum = 2048
  package var bytesMaximum = 4 << 20
  /// How long a poll waits for the first message.
  package var waitMilliseconds = 100

  package init() {}
}

package enum PollResult: Sendable, Equatable {
  /// The batch holds what came, perhaps nothing.
  case messages
  /// The group gave these partitions: answer with `start`.
  case assigned([PartitionID])
  /// The group takes these partitions back: commit, then answer with `release`.
  case revoked([PartitionID])
  /// The partitions belong to somebody else already: drop their state, then `release`.
  case lost([PartitionID])
  /// A finite source has delivered all it has.
  case ended
}
