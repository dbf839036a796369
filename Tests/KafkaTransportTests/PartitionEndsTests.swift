import KafkaTransport
import Testing

@Suite("the end of a partition")
struct PartitionEndsTests {
  @Test("a partition's end is unknown until it is reported, and once records come behind it")
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

  @Test("an end that was reported before a batch's last records is not the partition's")
  func withinBatch() {
    var ends = PartitionEnds()
    // Reported at 5, then 5 and 6 came, all in one poll, whose events are looked at last.
    ends.note(delivered: 6, slot: 0)
    ends.note(end: 5, slot: 0)
    #expect(!ends.isAtEnd(slot: 0, knownEnd: nil))
  }

  @Test("a partition's end is not reached while the broker has more than was delivered")
  func knownEnd() {
    var ends = PartitionEnds()
    ends.note(end: 5, slot: 0)
    #expect(!ends.isAtEnd(slot: 0, knownEnd: 6))
    #expect(ends.isAtEnd(slot: 0, knownEnd: 5))
  }

  @Test("a partition's end may lie behind marks of transactions, which are no records")
  func marks() {
    var ends = PartitionEnds()
    ends.note(delivered: 2, slot: 0)
    ends.note(end: 5, slot: 0)
    #expect(ends.isAtEnd(slot: 0, knownEnd: 5))
  }

  @Test("a partition's end is unknown again after a seek")
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
