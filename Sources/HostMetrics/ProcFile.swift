import Glibc

/// Reads one of the kernel's small text files whole.
enum ProcFile {
  enum Outcome {
    case text(String)
    case unreadable(reason: String)
  }

  static func read(_ path: String) -> Outcome {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return .unreadable(reason: reason(errno)) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        return .unreadable(reason: reason(errno))
      }
      if count == 0 { return .text(String(decoding: bytes, as: UTF8.self)) }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  private static func reason(_ code: Int32) -> String {
    String(cString: strerror(code))
  }
}

extension StringProtocol {
  /// The lines without their terminators, empty ones left out.
  var procLines: [SubSequence] {
    split(whereSeparator: \.isNewline)
  }

  /// The words between blanks and tabs.
  var procWords: [SubSequence] {
    split { $0 == " " || $0 == "\t" }
  }
}
