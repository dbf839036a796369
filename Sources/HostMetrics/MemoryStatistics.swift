/// /proc/meminfo, in bytes.
///
/// - Source: proc_meminfo(5); `cached` counts reclaimable slabs in, as Telegraf does.
package struct MemoryStatistics: Equatable, Sendable {
  private var bytes: [String: Int64] = [:]

  package init(parsing text: String) {
    for line in text.procLines {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let words = line[line.index(after: colon)...].procWords
      guard let first = words.first, let amount = Int64(first), amount >= 0 else { continue }
      let unit: Int64 = words.count > 1 && words[1] == "kB" ? 1024 : 1
      let (product, overflow) = amount.multipliedReportingOverflow(by: unit)
      // Beyond an exbibyte it is no memory, and sums of a few would overflow.
      if !overflow, product <= 1 << 60 { bytes[String(line[..<colon])] = product }
    }
  }

  /// Empty without a total, which every kernel prints.
  package var memoryFields: [HostSample.Field] {
    guard let total = bytes["MemTotal"], total > 0, let free = bytes["MemFree"] else { return [] }
    let buffered = bytes["Buffers"] ?? 0
    let cached = (bytes["Cached"] ?? 0) + (bytes["SReclaimable"] ?? 0)
    // Kernels before 3.14 do not estimate what is available.
    let available = bytes["MemAvailable"] ?? min(total, free + buffered + cached)
    let used = max(0, total - available)
    var fields: [HostSample.Field] = [
      .init("total", .integer(total)), .init("available", .integer(available)),
      .init("free", .integer(free)), .init("used", .integer(used)),
      .init("used_percent", .float(100 * Double(used) / Double(total))),
      .init("cached", .integer(cached)), .init("buffered", .integer(buffered)),
    ]
    if let dirty = bytes["Dirty"] { fields.append(.init("dirty", .integer(dirty))) }
    return fields
  }

  /// Empty on a host without swap.
  package var swapFields: [HostSample.Field] {
    guard let total = bytes["SwapTotal"], total > 0, let free = bytes["SwapFree"] else { return [] }
    let used = max(0, total - free)
    return [
      .init("total", .integer(total)), .init("free", .integer(free)),
      .init("used", .integer(used)),
      .init("used_percent", .float(100 * Double(used) / Double(total))),
    ]
  }
}
