/// Files of the tz database in their shortest form, so that a test needs none of the machine's.
package enum ZoneFile {
  /// Europe/Berlin as it has been since 1996.
  package static let berlin = bytes(standard: 3_600, rule: "CET-1CEST,M3.5.0,M10.5.0/3")

  /// A file of the second version without listed changes: two bodies, then the rule.
  ///
  /// - Parameter standard: seconds east of UTC, as the rule has them.
  package static func bytes(standard: Int32, rule: String) -> [UInt8] {
    let offset = (0..<4).map { UInt8(truncatingIfNeeded: standard >> (24 - 8 * $0)) }
    let counts: [UInt8] = [UInt8](repeating: 0, count: 16) + [0, 0, 0, 1, 0, 0, 0, 4]
    let body =
      Array("TZif".utf8) + [UInt8(ascii: "2")] + [UInt8](repeating: 0, count: 15) + counts + offset
      + [0, 0] + Array("STD\0".utf8)
    return body + body + Array("\n\(rule)\n".utf8)
  }
}
