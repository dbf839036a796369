import Glibc

/// Reading and writing the bytes of a weights file.
package enum WeightsFile {
  /// The whole content of a regular file.
  package static func read(_ path: String) throws(SafetensorsError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("inspect", path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .fileSystem(operation: "read the special file", path: path, errno: EINVAL)
    }
    let size = Int(status.st_size)
    // A sparse file can claim any size; what memory cannot hold must not end the process.
    guard size <= physicalMemory else {
      throw .fileSystem(operation: "hold in memory", path: path, errno: EFBIG)
    }
    var done = 0
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while done < size {
        let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + done }, size - done)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { code = errno }
        if got <= 0 { break }
        done += got
      }
      count = done
    }
    guard code == 0 else { throw .fileSystem(operation: "read", path: path, errno: code) }
    return bytes
  }

  /// Replaces the file as a whole: a temporary file beside it, synced, then renamed, so that a
  /// reader or a crash sees the old content or the new.
  package static func write(_ bytes: [UInt8], to path: String) throws(SafetensorsError) {
    let temporary = path + ".tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("create", temporary) }
    do throws(SafetensorsError) {
      defer { close(descriptor) }
      var done = 0
      while done < bytes.count {
        let put = bytes.withUnsafeBytes {
          Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
        }
        if put < 0 && errno == EINTR { continue }
        guard put > 0 else { throw failure("write", temporary) }
        done += put
      }
      guard fsync(descriptor) == 0 else { throw failure("sync", temporary) }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let error = failure("rename", temporary)
      unlink(temporary)
      throw error
    }
    try syncDirectory(of: path)
  }

  /// The rename itself survives a power failure only once the directory is synced.
  private static func syncDirectory(of path: String) throws(SafetensorsError) {
    let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw failure("open", parent) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw failure("sync", parent) }
  }

  private static var physicalMemory: Int {
    Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  private static func failure(_ operation: String, _ path: String) -> SafetensorsError {
    .fileSystem(operation: operation, path: path, errno: errno)
  }
}
