/// Why an input cannot be read as its configuration says.
package enum FormatError: Error, Sendable, Equatable, CustomStringConvertible {
  case unknownFormat(name: String)
  case unusedOption(option: FormatOption, format: String)
  case invalidPath(text: String)
  case severalFormats(names: [String])

  package var description: String {
    switch self {
    case .unknownFormat(let name):
      """
      there is no input format '\(name)': use one of \
      \(MetricFormat.all.map(\.name).joined(separator: ", "))
      """
    case .unusedOption(let option, let format):
      """
      format '\(format)' has no option '\(option.rawValue)': remove it, or use a format that has \
      it (\(MetricFormat.all.filter { $0.options.contains(option) }.map(\.name)
        .joined(separator: ", ")))
      """
    case .invalidPath(let text):
      """
      '\(text)' is no path into a JSON document: write member names joined by dots, like \
      'data.host', '\\.' for a dot inside a name, '$.' in front to start at the message
      """
    case .severalFormats(let names):
      """
      the configuration has inputs of several formats (\(names.joined(separator: ", "))), and a file \
      does not say which one it has: use a configuration with one of them
      """
    }
  }
}
