import CommandLineInterface

/// A command: what it looks like, and what it does.
protocol Command: SendableMetatype {
  static var declaration: CommandDeclaration { get }
  /// - Throws: `CommandError` where the exit status matters, anything else for status 1.
  static func run(_ parsed: Parsed) throws
}

/// A command that failed: what to say, and with which status to exit.
struct CommandError: Error, CustomStringConvertible {
  /// The configuration is wrong (EX_CONFIG of sysexits.h); a service manager should not retry.
  static let configurationStatus: Int32 = 78

  var description: String
  var exitStatus: Int32 = 1
}
