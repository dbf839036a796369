/// Sizes in bytes as people write them: `4096`, `64KiB`, `10MB`.
package enum SizeNotation {
  /// Bare `K`, `M`, `G`, `T` are powers of 1024, as in the GNU core utilities.
  private static let units: [(name: String, bytes: Int)] = [
    ("", 1), ("B", 1),
    ("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("T", 1 << 40),
    ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
  ]

  /// - Throws: `NotationError`, for the person who wrote the text.
  package static func parse(_ text: String) throws(NotationError) -> Int {
    let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    if digits.isEmpty { throw .notASize(text) }
    let name = String(Substring(text.utf8[digits.endIndex...]))
    guard let unit = units.first(where: { $0.name == name }) else {
      let looksLikeUnit = name.unicodeScalars.allSatisfy { $0.properties.isAlphabetic }
      throw looksLikeUnit ? .unknownSizeUnit(name, in: text) : .notASize(text)
    }
    guard let count = Int(Substring(digits)) else { throw .tooLarge(text) }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
    if overflow { throw .tooLarge(text) }
    return bytes
  }

  /// The largest unit of 1024 that divides the size, so that `parse` reads it back.
  package static func text(_ bytes: Int) -> String {
    for (name, size) in [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
    where bytes >= size && bytes % size == 0 {
      return "\(bytes / size)\(name)"
    }
    return "\(bytes)B"
  }
}
