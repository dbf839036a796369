import TimeSeries

/// The files that have a message at hand, the one with the earliest first; of equal times the one
/// that was named first, so that the order depends on nothing else.
struct MergeQueue {
  private struct Entry {
    var time: Milliseconds
    var file: Int

    static func < (left: Entry, right: Entry) -> Bool {
      left.time == right.time ? left.file < right.file : left.time < right.time
    }
  }

  /// A binary heap.
  private var entries: [Entry] = []

  var first: Int? { entries.first?.file }

  mutating func insert(file: Int, time: Milliseconds) {
    entries.append(Entry(time: time, file: file))
    var child = entries.count - 1
    while child > 0, entries[child] < entries[(child - 1) / 2] {
      entries.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Puts the first file to its place for the time of its next message.
  mutating func moveFirst(to time: Milliseconds) {
    entries[0].time = time
    siftDown()
  }

  mutating func removeFirst() {
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
