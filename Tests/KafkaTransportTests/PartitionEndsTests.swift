import KafkaTransport
import Testing

@Suite("the end of a partition")
struct PartitionEndsTests {
  @Test("is unknown until it is reported, and once records come that are behind it")
  func reported() {
    var ends = PartitionEnds()
    #expect(!ends.isAtEnd(slot: 2, knownEnd: nil))
    ends.note(delivered: 99, slot: 2)
    #expect(!ends.isAtEnd(slot: 2, knownEnd: 100))
    ends.note(end: 100, slot: 2)
    #expect(ends.isAtEnd(slot: 2, knownEnd: 100))
    #expect(ends.isAtEnd(slot: 2, knownEnd: nil))
    #expect(!ends.isAtEnd(slot: 0, knownEnd: nil))
    ends.note(delivered: 100, slot: 2)
    #expect(!ends.isAtEnd(slot: 2, knownEnd: nil))
  }

  @Test("that was reported before the last records of a batch is not theirs")
  func withinBatch() {
    var ends = PartitionEnds()
    // Reported at 5, then 5 and 6 came, all in one poll, whose events are looked at last.
    ends.note(delivered: 6, slot: 0)
    ends.note(end: 5, slot: 0)
    #expect(!ends.isAtEnd(slot: 0, knownEnd: nil))
  }

  @Test("is not reached while the broker is known to have more than was delivered")
  func knownEnd() {
    var ends = PartitionEnds()
    ends.note(end: 5, slot: 0)
    #expect(!ends.isAtEnd(slot: 0, knownEnd: 6))
    #expect(ends.isAtEnd(slot: 0, knownEnd: 5))
  }

  @Test("may lie behind marks of transactions, which are no records")
  func marks() {
    var ends = PartitionEnds()
    ends.note(delivered: 2, slot: 0)
    ends.note(end: 5, slot: 0)
    #expect(ends.isAtEnd(slot: 0, knownEnd: 5))
  }

  @Test("is unknown again after a seek")
  func seek() {
    var ends = PartitionEnds()
    ends.note(delivered: 4, slot: 0)
    ends.note(end: 5, slot: 0)
    ends.forget(slot: 0)
    #expect(!ends.isAtEnd(slot: 0, knownEnd: nil))
    ends.note(end: 5, slot: 0)
    #expect(ends.isAtEnd(slot: 0, knownEnd: nil))
    ends.note(end: 5, slot: -1)
    #expect(!ends.isAtEnd(slot: -1, knownEnd: nil))
  }
}
