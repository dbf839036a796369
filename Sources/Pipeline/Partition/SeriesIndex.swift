/// Finds a series of a partition by the bytes of its key. It is a hash table with open addressing,
/// with the bytes of all keys in one array.
///
/// Entries are numbered in the order of their insertion, so that those newer than a commit can be
/// removed.
package struct SeriesIndex: Sendable {
  package struct Entry: Sendable, BitwiseCopyable {
    /// Index of the stream, or `Entry.unmatched`.
    package var stream: Int32
    package var row: Int32
    var keyStart: Int
    var keyLength: Int32
    var hash: UInt64

    /// The stream number of a series that matches no configured stream (`SeriesAdmission`).
    package static let unmatched: Int32 = -1
  }

  package private(set) var entries: [Entry] = []
  private var keyBytes: [UInt8] = []
  /// Entry number + 1, or 0 if the place is free. The size is a power of two, at least twice the
  /// number of entries.
  private var table: [Int32] = Array(repeating: 0, count: 64)

  package init() {}

  package var count: Int { entries.count }

  /// - Complexity: O(key length) on average.
  package func find(_ key: UnsafeRawBufferPointer) -> Entry? {
    let hash = Self.hash(key)
    let mask = table.count - 1
    var position = Int(truncatingIfNeeded: hash) & mask
    return keyBytes.withUnsafeBytes { arena in
      while table[position] != 0 {
        let entry = entries[Int(table[position]) - 1]
        if entry.hash == hash, Int(entry.keyLength) == key.count,
          Self.isEqual(
            UnsafeRawBufferPointer(rebasing: arena[entry.keyStart..<entry.keyStart + key.count]),
            key)
        {
          return entry
        }
        position = (position + 1) & mask
      }
      return nil
    }
  }

  /// - Precondition: the key is not in the index.
  package mutating func insert(_ key: UnsafeRawBufferPointer, stream: Int32, row: Int32) {
    if (entries.count + 1) * 2 > table.count { rebuildTable(size: table.count * 2) }
    let entry = Entry(
      stream: stream, row: row, keyStart: keyBytes.count, keyLength: Int32(key.count),
      hash: Self.hash(key))
    keyBytes.append(contentsOf: key)
    entries.append(entry)
    link(entries.count - 1)
  }

  /// Removes all entries from number `count` on.
  package mutating func truncate(to count: Int) {
    guard count < entries.count else { return }
    keyBytes.removeLast(keyBytes.count - entries[count].keyStart)
    entries.removeLast(entries.count - count)
    rebuildTable(size: table.count)
  }

  package func key(of entry: Entry) -> ArraySlice<UInt8> {
    keyBytes[entry.keyStart..<entry.keyStart + Int(entry.keyLength)]
  }

  private mutating func rebuildTable(size: Int) {
    table = Array(repeating: 0, count: size)
    for number in entries.indices { link(number) }
  }

  private mutating func link(_ number: Int) {
    let mask = table.count - 1
    var position = Int(truncatingIfNeeded: entries[number].hash) & mask
    while table[position] != 0 { position = (position + 1) & mask }
    table[position] = Int32(number + 1)
  }

  private static func isEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    a.elementsEqual(b)
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
