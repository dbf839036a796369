package import TimeSeries

/// Numbered inputs in the order of the time of their current point, then of their numbers, so that
/// the order of a merge depends on nothing else.
package struct MergeQueue {
  private struct Entry {
    var time: Milliseconds
    var number: Int

    static func < (left: Entry, right: Entry) -> Bool {
      left.time == right.time ? left.number < right.number : left.time < right.time
    }
  }

  /// A binary heap.
  private var entries: [Entry] = []

  package init() {}

  package var first: Int? { entries.first?.number }
  package var isEmpty: Bool { entries.isEmpty }

  package mutating func insert(_ number: Int, time: Milliseconds) {
    entries.append(Entry(time: time, number: number))
    var child = entries.count - 1
    while child > 0, entries[child] < entries[(child - 1) / 2] {
      entries.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Moves the first input to the place that the time of its next point gives it.
  package mutating func moveFirst(to time: Milliseconds) {
    entries[0].time = time
    siftDown()
  }

  package mutating func removeFirst() {
    let last = entries.removeLast()
    guard !entries.isEmpty else { return }
    entries[0] = last
    siftDown()
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < entries.count && entries[child] < entries[least] { least = child }
      if least == parent { return }
      entries.swapAt(least, parent)
      parent = least
    }
  }
}
