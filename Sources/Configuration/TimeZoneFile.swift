import Glibc
package import TimeSeries

/// Reads the tz database of the machine.
package enum TimeZoneFile {
  private static let directory = "/usr/share/zoneinfo/"
  /// The largest file that is read. The file of a time zone has a few kilobytes.
  private static let byteCountMaximum = 1 << 20

  /// - Throws: `TimeSeriesError.timeZone`, whose text says what to do.
  package static func rules(of name: String) throws(TimeSeriesError) -> TimeZoneRules {
    if name == TimeZoneRules.utc.name { return .utc }
    let isPlain =
      !name.isEmpty && !name.hasPrefix("/") && !name.contains("..")
      && name.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    guard isPlain else {
      throw .timeZone(name: name, problem: "is no name of a zone: write one such as Europe/Berlin")
    }
    guard let bytes = read(directory + name) else {
      throw .timeZone(
        name: name,
        problem: "is not in \(directory): write one that is, such as Europe/Berlin, or install the "
          + "package tzdata")
    }
    return try TimeZoneRules(name: name, file: bytes)
  }

  private static func read(_ path: String) -> [UInt8]? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      (1...byteCountMaximum).contains(Int(status.st_size)), let file = fopen(path, "rb")
    else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = fread(&bytes, 1, bytes.count, file)
    return count == bytes.count ? bytes : nil
  }
}
