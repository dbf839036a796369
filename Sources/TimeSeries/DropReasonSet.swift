/// The reasons for which parts of one message were refused. A message makes one dead letter,
/// however many reasons there are.
@frozen
@usableFromInline
package struct DropReasonSet: Sendable {
  @usableFromInline
  var bits: UInt32 = 0

  @inlinable
  package init() {}

  @inlinable
  package var isEmpty: Bool { bits == 0 }

  @inlinable
  package mutating func insert(_ reason: DropReason) { bits |= 1 << UInt32(reason.rawValue) }

  @inlinable
  package func contains(_ reason: DropReason) -> Bool { bits & 1 << UInt32(reason.rawValue) != 0 }

  package var reasons: [DropReason] { DropReason.allCases.filter(contains) }
}
