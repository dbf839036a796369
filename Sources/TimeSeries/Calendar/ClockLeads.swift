/// The leads of the steps about one step, the origin (`CivilSteps`).
///
/// The zone is asked only where a change comes into view or leaves it, which nearly never happens
/// from one origin to the next.
@usableFromInline
package struct ClockLeads: Sendable, BitwiseCopyable {
  /// Changes that are kept, the newest ones: two years of them.
  private static let changesMaximum = 4

  /// Whether all steps in view have the same lead.
  @usableFromInline package internal(set) var isConstant = true
  @usableFromInline var newest: Int32 = 0
  @usableFromInline var count: Int32 = 0
  // Of each change, newest first: the first step with the new lead, counted from the origin, and the
  // lead before.
  @usableFromInline var starts = SIMD4<Int32>()
  @usableFromInline var befores = SIMD4<Int32>()
  /// Ends of the steps with the newest lead: above `after`, up to `through`.
  private var after: Milliseconds = .max
  private var through: Milliseconds = .min

  package init() {}

  /// Makes the step that ends at `time` the origin.
  ///
  /// - Parameters:
  ///   - past: steps before the origin that are in view.
  ///   - ahead: steps after it that are in view.
  package mutating func move(
    to time: Milliseconds, _ steps: CivilSteps, past: Int, ahead: Int
  ) {
    let first = time - Milliseconds(past) * steps.interval
    let last = time + Milliseconds(ahead) * steps.interval
    if isConstant, first > after, last <= through { return }
    look(first: first, origin: time, last: last, steps)
  }

  private mutating func look(
    first: Milliseconds, origin: Milliseconds, last: Milliseconds, _ steps: CivilSteps
  ) {
    var span = steps.span(at: last)
    (newest, after, through) = (Int32(span.lead), span.after, span.through)
    count = 0
    while span.after >= first, count < Self.changesMaximum {
      let start =
        (AlignmentSettings.floor(span.after, to: steps.interval) - origin) / steps.interval
      let former = steps.span(at: span.after)
      if former.lead != span.lead {
        starts[Int(count)] = Int32(start + 1)
        befores[Int(count)] = Int32(former.lead)
        count += 1
      }
      span = former
    }
    isConstant = count == 0
  }

  /// The lead of a step, counted from the origin; of one before what is kept it is that of the
  /// oldest kept.
  @inlinable @inline(__always)
  package func lead(_ step: Int) -> Int {
    var lead = newest
    guard !isConstant else { return Int(lead) }
    for number in 0..<Int(count) {
      if step >= Int(starts[number]) { break }
      lead = befores[number]
    }
    return Int(lead)
  }
}
