/// One line of /proc/diskstats.
///
/// - Source: Linux Documentation/admin-guide/iostats.rst; a sector there is 512 bytes always.
package struct DiskStatistics: Equatable, Sendable {
  package let name: String
  package let fields: [HostSample.Field]

  private static let sectorBytes: Int64 = 512

  private init?(_ line: Substring) {
    let words = line.procWords
    guard words.count >= 14 else { return nil }
    let columns = words[3..<14].compactMap { Int64($0) }
    guard columns.count == 11 else { return nil }
    let (readBytes, readOverflow) = columns[2].multipliedReportingOverflow(by: Self.sectorBytes)
    let (writeBytes, writeOverflow) = columns[6].multipliedReportingOverflow(by: Self.sectorBytes)
    guard !readOverflow, !writeOverflow else { return nil }
    name = String(words[2])
    fields = [
      .init("reads", .integer(columns[0])), .init("writes", .integer(columns[4])),
      .init("read_bytes", .integer(readBytes)), .init("write_bytes", .integer(writeBytes)),
      .init("read_time", .integer(columns[3])), .init("write_time", .integer(columns[7])),
      .init("io_time", .integer(columns[9])), .init("iops_in_progress", .integer(columns[8])),
    ]
  }

  /// The whole devices: partitions are part of their disk, and loop and RAM devices of their host.
  ///
  /// A partition is known by a listed disk before it: on virtual machines `xvda1` alone is a disk.
  package static func devices(parsing text: String) -> [DiskStatistics] {
    let all = text.procLines.compactMap { DiskStatistics($0) }
    let names = Set(all.map(\.name))
    return all.filter { !isMemoryBacked($0.name) && !isPartition($0.name, among: names) }
  }

  private static func isMemoryBacked(_ name: String) -> Bool {
    ["loop", "ram", "zram"].contains { prefix in
      name.hasPrefix(prefix) && name.dropFirst(prefix.count).allSatisfy(\.isNumber)
    }
  }

  private static func isPartition(_ name: String, among names: Set<String>) -> Bool {
    var parent = name[...]
    while parent.last?.isNumber == true { parent.removeLast() }
    guard parent.count < name.count, !parent.isEmpty else { return false }
    if names.contains(String(parent)) { return true }
    guard parent.last == "p" else { return false }
    // `nvme0n1p2`: a disk whose name ends in a digit sets the number off with a `p`.
    parent.removeLast()
    return parent.last?.isNumber == true && names.contains(String(parent))
  }
}
