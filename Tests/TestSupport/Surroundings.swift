import FoundationEssentials
import Glibc

/// A failure of a test's surroundings, or something that did not happen in time.
package struct SurroundingsError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  /// What could not be done, and why by errno or another of its codes.
  package static func system(_ what: String, _ code: Int32? = nil) -> SurroundingsError {
    SurroundingsError("\(what): \(String(cString: strerror(code ?? errno)))")
  }
}

/// Where Package.swift is.
package let packageDirectory: String = {
  // Tests/TestSupport/<this file> is three levels below it.
  "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
}()

/// A file of the repository.
///
/// - Parameter path: from where Package.swift is.
package func repositoryFile(_ path: String) throws -> String {
  try readText("\(packageDirectory)/\(path)")
}

/// A file's text; what is no UTF-8 in it becomes replacement characters.
package func readText(_ path: String) throws -> String {
  String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
}

/// A variable of the environment; nil where it is empty, too.
package func environment(_ name: String) -> String? {
  guard let value = getenv(name), value.pointee != 0 else { return nil }
  return String(cString: value)
}

/// The path of a program that was built beside the tests.
package func builtProgram(_ name: String) -> String {
  var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
  let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
  let path = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex) + name
}

/// The path of a program that may or may not be installed.
package func installedProgram(_ name: String) -> String? {
  // Daemons are in directories that are not in every user's path.
  let path = (environment("PATH") ?? "/usr/bin:/bin") + ":/usr/sbin:/usr/local/sbin"
  return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
}

/// Asks again and again until the answer is not nil.
package func eventually<Value>(
  _ what: @autoclosure () -> String, within timeout: Duration = .seconds(60),
  every period: Duration = .milliseconds(50), _ answer: () throws -> Value?
) throws -> Value {
  let deadline = ContinuousClock.now + timeout
  while true {
    if let value = try answer() { return value }
    guard ContinuousClock.now < deadline else {
      throw SurroundingsError("not within \(timeout): \(what())")
    }
    usleep(UInt32(period / .microseconds(1)))
  }
}
