/// The reasons for which parts of one message were refused. A message makes one dead letter,
/// however many reasons there are.
package struct DropReasonSet: Sendable {
  private var bits: UInt32 = 0

  package init() {}

  package var isEmpty: Bool { bits == 0 }

  package mutating func insert(_ reason: DropReason) { bits |= 1 << UInt32(reason.rawValue) }

  package func contains(_ reason: DropReason) -> Bool { bits & 1 << UInt32(reason.rawValue) != 0 }

  package var reasons: [DropReason] { DropReason.allCases.filter(contains) }
}
