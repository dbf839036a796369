/// Offsets of one time zone from UTC, read from a compiled file of the tz database.
///
/// The file is read here because the C library has one zone for the whole process, and Foundation
/// brings its own database and ICU. The rules are a value: equal times give equal offsets in every
/// replay.
///
/// - Source: RFC 8536, The Time Zone Information Format (TZif). The rule for times after the last
///   change is POSIX.1-2017, 8.3, TZ, with the extension of RFC 8536 to hours −167…167.
package struct TimeZoneRules: Sendable, Equatable {
  /// Name of the zone in the database, such as `Europe/Berlin`.
  package let name: String
  /// The times at which the offsets after the first begin, milliseconds, ascending.
  private let begins: [Milliseconds]
  /// Offsets in milliseconds east of UTC: the one before the first of `begins`, then the one from
  /// each of `begins` on.
  private let offsets: [Milliseconds]
  /// The rule for times after the last of `begins`; `nil` if the last offset holds for ever.
  private let rule: YearlyRule?

  package static let utc = TimeZoneRules(name: "UTC", begins: [], offsets: [0], rule: nil)

  /// Offsets that something else than the tz database gives.
  ///
  /// - Parameters:
  ///   - begins: the times at which the offsets after the first begin, ascending.
  ///   - offsets: east of UTC, one more than `begins`.
  package init(name: String, begins: [Milliseconds], offsets: [Milliseconds]) {
    precondition(offsets.count == begins.count + 1)
    self.init(name: name, begins: begins, offsets: offsets, rule: nil)
  }

  private init(
    name: String, begins: [Milliseconds], offsets: [Milliseconds], rule: YearlyRule?
  ) {
    self.name = name
    self.begins = begins
    self.offsets = offsets
    self.rule = rule
  }

  /// Compares names only: two copies of a zone are equal even if the database was updated in
  /// between.
  package static func == (left: Self, right: Self) -> Bool { left.name == right.name }

  /// Milliseconds that are added to UTC to get the zone's local time.
  ///
  /// - Complexity: O(log n) in the number of past changes.
  package func offset(at time: Milliseconds) -> Milliseconds {
    if begins.isEmpty, rule == nil { return offsets[0] }
    if let rule, time >= begins.last ?? .min { return rule.offset(at: time) }
    return offsets[beginCount(at: time)]
  }

  /// The number of beginnings at or before a time.
  private func beginCount(at time: Milliseconds) -> Int {
    var low = 0
    var high = begins.count
    while low < high {
      let middle = (low + high) / 2
      if begins[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The offset at a time, and times around it, `from..<until`, that have the same one.
  ///
  /// - Complexity: as `offset`.
  package func span(
    at time: Milliseconds
  ) -> (offset: Milliseconds, from: Milliseconds, until: Milliseconds) {
    if let rule, time >= begins.last ?? .min {
      let span = rule.span(at: time)
      return (span.offset, max(span.from, begins.last ?? .min), span.until)
    }
    let number = beginCount(at: time)
    return (
      offsets[number], number == 0 ? .min : begins[number - 1],
      number == begins.count ? .max : begins[number]
    )
  }

  /// The offset of standard time at present.
  package var standardOffset: Milliseconds { rule?.standardOffset ?? offsets[offsets.count - 1] }

  /// By how much the clocks are changed each year at present; zero if they are not.
  package var yearlyChange: Milliseconds { rule?.yearlyChange ?? 0 }

  /// The zone's local time, in milliseconds since its own 1970-01-01T00:00.
  package func local(_ time: Milliseconds) -> Milliseconds { time + offset(at: time) }

  /// Day of the week in the zone's local time; 0 is Monday.
  package func weekday(_ time: Milliseconds) -> Int {
    let days = AlignmentSettings.floor(local(time), to: 86_400_000) / 86_400_000
    return (CivilDate.weekday(daysSince1970: Int(days)) + 6) % 7
  }

  // MARK: - The file

  /// - Throws: if the bytes are not a TZif file that can be read.
  package init(name: String, file bytes: [UInt8]) throws(TimeSeriesError) {
    var reader = ZoneFileReader(bytes: bytes)
    guard let version = reader.header(), version != 0 || bytes.count > 44 else {
      throw .timeZone(name: name, problem: "its file is not of the tz database")
    }
    // From version 2 on, the file repeats its contents with 64-bit times; the rule for later times
    // follows them.
    if version != 0 { reader.skipBody(timeSize: 4) }
    let isLong = version != 0
    guard !isLong || reader.header() != nil, let body = reader.body(timeSize: isLong ? 8 : 4) else {
      throw .timeZone(name: name, problem: "its file is damaged")
    }
    var rule: YearlyRule?
    if isLong, let text = reader.footer(), !text.isEmpty {
      rule = YearlyRule(text)
      guard rule != nil else {
        throw .timeZone(name: name, problem: "its rule '\(text)' is not understood")
      }
    }
    self.init(name: name, begins: body.begins, offsets: body.offsets, rule: rule)
  }
}

/// Reads a file from front to back. Every length is checked, because files come from outside.
private struct ZoneFileReader {
  let bytes: [UInt8]
  private var position = 0
  private var counts: [Int] = []

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// - Returns: the version, 0 for the first; `nil` if there is no header.
  mutating func header() -> UInt8? {
    guard position + 44 <= bytes.count,
      bytes[position..<position + 4].elementsEqual("TZif".utf8)
    else { return nil }
    let version = bytes[position + 4]
    counts = (0..<6).map { Int(integer(at: position + 20 + 4 * $0, size: 4)) }
    position += 44
    // `counts[4]` is the number of time types: a file needs at least one. No zone has ten thousand
    // changes.
    guard counts.allSatisfy({ (0...10_000).contains($0) }), counts[4] >= 1 else { return nil }
    return version
  }

  private func bodySize(timeSize: Int) -> Int {
    counts[3] * (timeSize + 1) + counts[4] * 6 + counts[5] + counts[2] * (timeSize + 4)
      + counts[1] + counts[0]
  }

  mutating func skipBody(timeSize: Int) { position += bodySize(timeSize: timeSize) }

  mutating func body(timeSize: Int) -> (begins: [Milliseconds], offsets: [Milliseconds])? {
    guard position + bodySize(timeSize: timeSize) <= bytes.count else { return nil }
    let number = counts[3]
    let types = position + number * timeSize
    let descriptions = types + number
    func offset(_ type: Int) -> Milliseconds? {
      type < counts[4] ? integer(at: descriptions + 6 * type, size: 4) * 1_000 : nil
    }
    guard let first = offset(0) else { return nil }
    var begins: [Milliseconds] = []
    var offsets = [first]
    for index in 0..<number {
      let seconds = integer(at: position + index * timeSize, size: timeSize)
      // Times before year 1 of the calendar mean "always".
      let begin = max(seconds, -62_135_596_800) * 1_000
      guard begin >= begins.last ?? .min, let offset = offset(Int(bytes[types + index])) else {
        return nil
      }
      begins.append(begin)
      offsets.append(offset)
    }
    position += bodySize(timeSize: timeSize)
    return (begins, offsets)
  }

  /// The text between the two line ends after the body.
  mutating func footer() -> String? {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\n") else { return nil }
    return String(
      decoding: bytes[(position + 1)...].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  private func integer(at place: Int, size: Int) -> Int64 {
    var value: UInt64 = 0
    for index in 0..<size { value = value << 8 | UInt64(bytes[place + index]) }
    return size == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
  }
}
