import Glibc

/// A directory of one test; it goes with the last reference.
final class TemporaryDirectory {
  let path: String
  private var count = 0

  init() throws {
    var template = Array("/tmp/forecastd-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw EndToEndError("no temporary directory: \(String(cString: strerror(errno)))")
    }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { Self.removeTree(path) }

  func newName(_ prefix: String) -> String {
    count += 1
    return "\(prefix)-\(count)"
  }

  func newPath(_ prefix: String) -> String { "\(path)/\(newName(prefix))" }

  /// - Returns: the file's path.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw EndToEndError("cannot write \(file)") }
    defer { close(descriptor) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard written > 0 else { throw EndToEndError("cannot write \(file)") }
      bytes = bytes.dropFirst(written)
    }
    return file
  }

  private static func removeTree(_ path: String) {
    if unlink(path) == 0 { return }
    if let handle = opendir(path) {
      var names: [String] = []
      while let entry = readdir(handle) {
        names.append(
          withUnsafeBytes(of: entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
          })
      }
      closedir(handle)
      for name in names where name != "." && name != ".." { removeTree("\(path)/\(name)") }
    }
    rmdir(path)
  }
}

func readFile(_ path: String) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw EndToEndError("cannot read \(path)") }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &buffer, buffer.count)
    guard count >= 0 else { throw EndToEndError("cannot read \(path)") }
    if count == 0 { return bytes }
    bytes += buffer[..<count]
  }
}
