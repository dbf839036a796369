import Glibc

/// The file of a calendar.
package enum CalendarFile {
  /// The path of a file that a configuration names.
  ///
  /// - Parameter directory: from which a relative name counts; nil for the process's own.
  package static func path(_ name: String, from directory: String?) -> String {
    guard !name.hasPrefix("/"), let directory, !directory.isEmpty else { return name }
    return directory + "/" + name
  }

  /// - Throws: `CalendarError`, also for what is no plain file or too large for a calendar.
  package static func read(_ path: String) throws(CalendarError) -> [UInt8] {
    func failure(_ problem: String) -> CalendarError {
      CalendarError(file: path, line: nil, problem: problem)
    }
    // Whoever has made a pipe of it must not keep the daemon waiting.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw failure("cannot be opened: " + String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw failure("is no file")
    }
    // One byte more than is allowed, so that the reader can tell.
    let room = min(Int(status.st_size), CalendarReader.byteCountMaximum) + 1
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      while count < room {
        let got = Glibc.read(
          descriptor, buffer.baseAddress.map { $0 + count }, room - count)
        if got < 0, errno == EINTR { continue }
        if got < 0 { code = errno }
        if got <= 0 { break }
        count += got
      }
    }
    guard code == 0 else { throw failure("cannot be read: " + String(cString: strerror(code))) }
    return bytes
  }
}
