/// A span of steps of one series.
package struct Occurrence<Kind: Sendable & Equatable>: Sendable, Equatable {
  package let kind: Kind
  package let steps: ClosedRange<Int>
}
