/// One thing that is wrong in a configuration file, with its place.
package struct YAMLDiagnostic: Error, Hashable, Sendable, CustomStringConvertible {
  package let position: YAMLPosition
  package let message: String

  package init(position: YAMLPosition, message: String) {
    self.position = position
    self.message = message
  }

  /// `file:line:column: key.path: message`, as compilers write it, so that editors can jump there.
  package var description: String { "\(position): \(message)" }
}

/// Everything that was found wrong in one file, in the order of the lines.
package struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
  package let diagnostics: [YAMLDiagnostic]

  /// Errors the configuration finds itself are thrown in the same form as the decoder's.
  package init(_ diagnostics: [YAMLDiagnostic]) {
    self.diagnostics = diagnostics.sorted {
      ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column)
    }
  }

  /// One diagnostic a line.
  package var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
