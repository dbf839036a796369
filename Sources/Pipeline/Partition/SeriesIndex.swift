/// Finds a series of a partition by the bytes of its key. It is a hash table with open addressing,
/// with the bytes of all keys in one array.
///
/// What was inserted and removed since the last commit can be taken back. The numbers and the bytes
/// of removed entries are used again after a commit, so that the memory follows the number of
/// series and not the number of names that there ever were.
package struct SeriesIndex: Sendable {
  package struct Entry: Sendable, BitwiseCopyable {
    /// Index of the stream, or `Entry.unmatched`.
    package var stream: Int32
    package var row: Int32
    var keyStart: Int
    /// -1 if the number of the entry is free.
    var keyLength: Int32
    var hash: UInt64

    /// The stream number of a series that matches no configured stream (`SeriesAdmission`).
    package static let unmatched: Int32 = -1
  }

  /// An insertion or a removal since the last commit.
  private struct Change: BitwiseCopyable {
    var entry: Int32
    var isInsertion: Bool
  }

  private var entries: [Entry] = []
  private var freeEntries: [Int32] = []
  private var keyBytes: [UInt8] = []
  /// Bytes of `keyBytes` that belong to removed entries.
  private var unusedByteCount = 0
  /// Entry number + 1, or 0 if the place is free. The size is a power of two, at least twice the
  /// number of entries.
  private var table: [Int32] = Array(repeating: 0, count: 64)
  private var changes: [Change] = []

  package init() {}

  package private(set) var count = 0

  /// Number of bytes of keys, those of removed entries included.
  package var byteCount: Int { keyBytes.count }

  /// - Complexity: O(key length) on average.
  package func find(_ key: UnsafeRawBufferPointer) -> Entry? {
    place(of: key).map { entries[Int(table[$0]) - 1] }
  }

  /// - Precondition: the key is not in the index.
  package mutating func insert(_ key: UnsafeRawBufferPointer, stream: Int32, row: Int32) {
    if (count + 1) * 2 > table.count { rebuildTable(size: table.count * 2) }
    let entry = Entry(
      stream: stream, row: row, keyStart: keyBytes.count, keyLength: Int32(key.count),
      hash: Self.hash(key))
    keyBytes.append(contentsOf: key)
    let number = freeEntries.popLast().map(Int.init) ?? entries.count
    if number == entries.count { entries.append(entry) } else { entries[number] = entry }
    link(number)
    count += 1
    changes.append(Change(entry: Int32(number), isInsertion: true))
  }

  /// Removes a key, if it is there.
  package mutating func remove(_ key: UnsafeRawBufferPointer) {
    guard let place = place(of: key) else { return }
    changes.append(Change(entry: table[place] - 1, isInsertion: false))
    unlink(place)
    count -= 1
  }

  /// Removes all keys, for ever.
  package mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    freeEntries.removeAll(keepingCapacity: true)
    keyBytes.removeAll(keepingCapacity: true)
    changes.removeAll(keepingCapacity: true)
    unusedByteCount = 0
    count = 0
    for place in table.indices { table[place] = 0 }
  }

  package func key(of entry: Entry) -> ArraySlice<UInt8> {
    keyBytes[entry.keyStart..<entry.keyStart + Int(entry.keyLength)]
  }

  // MARK: - Commit and abort

  /// Number of insertions and removals since the last commit.
  package var changeCount: Int { changes.count }

  /// The entries that were inserted with the changes from number `first` on.
  package func insertions(from first: Int) -> [Entry] {
    changes[first...].filter(\.isInsertion).map { entries[Int($0.entry)] }
  }

  /// Makes the changes final.
  ///
  /// - Complexity: O(changes), amortised.
  package mutating func commit() {
    for change in changes where !change.isInsertion {
      let number = Int(change.entry)
      unusedByteCount += Int(entries[number].keyLength)
      entries[number].keyLength = -1
      freeEntries.append(change.entry)
    }
    changes.removeAll(keepingCapacity: true)
    if unusedByteCount > max(4_096, keyBytes.count / 2) { compact() }
  }

  /// Takes back the changes since the last commit.
  package mutating func rollBack() {
    for change in changes.reversed() {
      let entry = entries[Int(change.entry)]
      if change.isInsertion {
        let linked = keyBytes.withUnsafeBytes { bytes in
          self.place(of: Self.key(of: entry, in: bytes))
        }
        if let linked { unlink(linked) }
        unusedByteCount += Int(entry.keyLength)
        entries[Int(change.entry)].keyLength = -1
        freeEntries.append(change.entry)
        count -= 1
      } else {
        link(Int(change.entry))
        count += 1
      }
    }
    changes.removeAll(keepingCapacity: true)
  }

  /// Leaves out the bytes of removed keys.
  private mutating func compact() {
    var compacted: [UInt8] = []
    compacted.reserveCapacity(keyBytes.count - unusedByteCount)
    for number in entries.indices where entries[number].keyLength >= 0 {
      let key = key(of: entries[number])
      entries[number].keyStart = compacted.count
      compacted.append(contentsOf: key)
    }
    keyBytes = compacted
    unusedByteCount = 0
  }

  // MARK: - The table

  private func place(of key: UnsafeRawBufferPointer) -> Int? {
    let hash = Self.hash(key)
    let mask = table.count - 1
    var position = Int(truncatingIfNeeded: hash) & mask
    return keyBytes.withUnsafeBytes { bytes in
      while table[position] != 0 {
        let entry = entries[Int(table[position]) - 1]
        if entry.hash == hash, Int(entry.keyLength) == key.count,
          Self.isEqual(Self.key(of: entry, in: bytes), key)
        {
          return position
        }
        position = (position + 1) & mask
      }
      return nil
    }
  }

  /// Compares eight bytes at a time.
  ///
  /// - Precondition: both have the same length.
  private static func isEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    while position + 8 <= a.count {
      guard
        a.loadUnaligned(fromByteOffset: position, as: UInt64.self)
          == b.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      else { return false }
      position += 8
    }
    while position < a.count {
      guard a[position] == b[position] else { return false }
      position += 1
    }
    return true
  }

  private static func key(
    of entry: Entry, in bytes: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      rebasing: bytes[entry.keyStart..<entry.keyStart + Int(entry.keyLength)])
  }

  /// Links the same entries in a larger table.
  private mutating func rebuildTable(size: Int) {
    let linked = table.filter { $0 != 0 }
    table = Array(repeating: 0, count: size)
    for number in linked { link(Int(number) - 1) }
  }

  private mutating func link(_ number: Int) {
    let mask = table.count - 1
    var position = Int(truncatingIfNeeded: entries[number].hash) & mask
    while table[position] != 0 { position = (position + 1) & mask }
    table[position] = Int32(number + 1)
  }

  /// Frees a place, and moves the entries behind it that would not be found any more.
  ///
  /// - Source: Knuth, The Art of Computer Programming 3, 6.4, algorithm R.
  private mutating func unlink(_ place: Int) {
    let mask = table.count - 1
    var free = place
    var position = (place + 1) & mask
    while table[position] != 0 {
      let home = Int(truncatingIfNeeded: entries[Int(table[position]) - 1].hash) & mask
      // The entry may move to the free place if its home is not between the two.
      if (position - home) & mask >= (position - free) & mask {
        table[free] = table[position]
        free = position
      }
      position = (position + 1) & mask
    }
    table[free] = 0
  }

  /// Hashes eight bytes at a time by multiply and fold, as in wyhash (Wang Yi, 2019). The seed is
  /// fixed, because the series limit stops an attacker who floods one bucket.
  static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(key.count)
    var position = 0
    while position + 8 <= key.count {
      state = fold(state ^ key.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      position += 8
    }
    var tail: UInt64 = 0
    while position < key.count {
      tail = tail << 8 | UInt64(key[position])
      position += 1
    }
    return fold(state ^ tail)
  }

  private static func fold(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return product.high ^ product.low
  }
}
