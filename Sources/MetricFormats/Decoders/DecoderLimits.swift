/// Bounds on the memory that a message can take; what exceeds them is `oversized`.
package struct DecoderLimits: Sendable {
  /// Larger messages are not parsed.
  package var messageByteCountMaximum: Int
  package var pointCountMaximum: Int
  package var labelCountMaximum: Int
  /// Bytes of a canonical series key.
  package var keyByteCountMaximum: Int
  /// Bytes of the keys of all points of a message: many short fields can share many long labels.
  package var messageKeyByteCountMaximum: Int

  package init(
    messageByteCountMaximum: Int = 1 << 20, pointCountMaximum: Int = 100_000,
    labelCountMaximum: Int = 64,
    keyByteCountMaximum: Int = 1024, messageKeyByteCountMaximum: Int = 16 << 20
  ) {
    self.messageByteCountMaximum = messageByteCountMaximum
    self.pointCountMaximum = pointCountMaximum
    self.labelCountMaximum = labelCountMaximum
    self.keyByteCountMaximum = keyByteCountMaximum
    self.messageKeyByteCountMaximum = messageKeyByteCountMaximum
  }
}
