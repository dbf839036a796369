import FoundationEssentials
import Glibc
import Testing

/// Runs programs that may or may not be installed: shells, formatters.
enum ExternalTool {
  struct Result {
    var status: Int32
    var standardOutput: String
    var standardError: String
  }

  static func find(_ name: String) throws -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// Runs for at most a minute, with the files of a directory of its own as output.
  static func run(
    _ name: String, _ arguments: [String], in directory: String? = nil
  ) throws -> Result {
    let tool = try #require(try find(name))
    let timeout = try #require(try find("timeout"))
    return try withDirectory { output in
      let files = (out: output + "/out", err: output + "/err")
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_addopen(&actions, 1, files.out, O_WRONLY | O_CREAT, 0o600)
      posix_spawn_file_actions_addopen(&actions, 2, files.err, O_WRONLY | O_CREAT, 0o600)
      let place = directory.map { ["env", "-C", $0] } ?? []
      var words = ([timeout, "60"] + place + [tool] + arguments).map { strdup($0) } + [nil]
      defer { for word in words { free(word) } }
      var process: pid_t = 0
      try #require(posix_spawn(&process, timeout, &actions, nil, &words, environ) == 0)
      var status: Int32 = 0
      try #require(waitpid(process, &status, 0) == process)
      return Result(
        status: (status >> 8) & 0xFF,
        standardOutput: try String(contentsOfFile: files.out, encoding: .utf8),
        standardError: try String(contentsOfFile: files.err, encoding: .utf8))
    }
  }

  static func withDirectory<R>(_ body: (String) throws -> R) throws -> R {
    let path = FileManager.default.temporaryDirectory.path + "/cli-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer {
      do { try FileManager.default.removeItem(atPath: path) } catch {
        print("left behind: \(path)")
      }
    }
    return try body(path)
  }

  static func withFile<R>(_ name: String, _ text: String, _ body: (String) throws -> R) throws -> R
  {
    try withDirectory { directory in
      let path = directory + "/" + name
      try Data(text.utf8).write(to: URL(filePath: path))
      return try body(path)
    }
  }
}
