import Glibc

/// The recording that comes with the program.
package enum BundledFixture {
  private static let inCheckout = "fixtures/host/build-machine.influx"
  private static let installed = "share/forecastd/fixtures/host/build-machine.influx"

  /// The path of the recording: beside an installed program, or in the checkout that the program
  /// was built in.
  ///
  /// - Parameter executable: absolute path of this program.
  package static func locate(executable: String) throws(DemoError) -> String {
    var places: [String] = []
    var directory = parent(of: executable)
    if let prefix = directory.flatMap(parent) { places.append("\(prefix)/\(installed)") }
    while let current = directory {
      places.append(current == "/" ? "/\(inCheckout)" : "\(current)/\(inCheckout)")
      directory = parent(of: current)
    }
    guard let found = places.first(where: { access($0, R_OK) == 0 }) else {
      throw .noFixture(beside: executable)
    }
    return found
  }

  /// This program's own file.
  package static func executable() throws(DemoError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { throw .noFixture(beside: "this program, whose path is not known") }
    return String(
      decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func parent(of path: String) -> String? {
    guard path != "/", let slash = path.lastIndex(of: "/") else { return nil }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
