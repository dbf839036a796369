/// A command line that can't be understood.
///
/// The exit status is 64, EX_USAGE of sysexits.h, and not the 2 of many GNU tools: a service
/// manager or a script can tell a command line that will never work from a failure that may pass.
package enum UsageError: Error, Equatable, Sendable, CustomStringConvertible {
  package static let exitStatus: Int32 = 64

  case noCommand(Origin)
  case unknownCommand(String, suggestion: String, Origin)
  case unknownOption(String, suggestion: String, Origin)
  case missingValue(option: String, placeholder: String, Origin)
  case unexpectedValue(option: String, Origin)
  case repeatedOption(String, Origin)
  case missingOption(String, placeholder: String, Origin)
  case missingArgument(String, Origin)
  case unexpectedArgument(String, Origin)
  case invalidValue(of: String, problem: String, Origin)

  /// The program that reports the error, and the command whose help explains more.
  package struct Origin: Equatable, Sendable {
    var program: String
    var command: String
  }

  /// Two lines for standard error: what is wrong, and where the help is.
  package var description: String {
    let helped = origin.command.isEmpty ? origin.program : "\(origin.program) \(origin.command)"
    return "\(origin.program): \(message)\nTry '\(helped) --help'."
  }

  private var message: String {
    let of = origin.command.isEmpty ? "" : " of '\(origin.command)'"
    return switch self {
    case .noCommand: origin.command.isEmpty ? "no command given" : "which command\(of)?"
    case .unknownCommand(let name, let suggestion, _): "unknown command '\(name)'\(of)\(suggestion)"
    case .unknownOption(let name, let suggestion, _): "unknown option '\(name)'\(of)\(suggestion)"
    case .missingValue(let option, let placeholder, _):
      "option '\(option)'\(of) needs a value (\(placeholder))"
    case .unexpectedValue(let option, _): "option '\(option)'\(of) takes no value"
    case .repeatedOption(let option, _): "option '\(option)'\(of) can be given only once"
    case .missingOption(let option, let placeholder, _):
      "option '\(option)=\(placeholder)'\(of) is required"
    case .missingArgument(let name, _): "argument \(name)\(of) is missing"
    case .unexpectedArgument(let text, _): "unexpected argument '\(text)'\(of)"
    case .invalidValue(let what, let problem, _): "invalid value of \(what)\(of): \(problem)"
    }
  }

  private var origin: Origin {
    switch self {
    case .noCommand(let origin), .unknownCommand(_, _, let origin),
      .unknownOption(_, _, let origin),
      .missingValue(_, _, let origin), .unexpectedValue(_, let origin),
      .repeatedOption(_, let origin), .missingOption(_, _, let origin),
      .missingArgument(_, let origin), .unexpectedArgument(_, let origin),
      .invalidValue(_, _, let origin):
      origin
    }
  }
}
