import Glibc

/// Where the programs of these tests are.
enum Programs {
  static let kcat = inPath("kcat")
  static let collectd = inPath("collectd")
  static let python = inPath("python3")

  /// Where Package.swift is.
  static let packageDirectory =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

  /// The daemon that was built beside the tests.
  static let forecastd = directoryOfTests + "forecastd"

  private static func inPath(_ name: String) -> String? {
    let path = environment("PATH") ?? ""
    // Daemons are in directories that are not in every user's path.
    return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin"])
      .map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  private static let directoryOfTests: String = {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
    let path = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return String(path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex))
  }()
}

func environment(_ name: String) -> String? {
  guard let value = getenv(name), value.pointee != 0 else { return nil }
  return String(cString: value)
}

func sleepMilliseconds(_ milliseconds: UInt32) { usleep(milliseconds * 1_000) }
