package import Pipeline
package import ServiceManager

extension PipelineLog {
  /// A pipeline log that writes to the process's log. Lines about refused messages and unmatched
  /// series are sampled, so that a million bad messages make a few lines. The caller logs what
  /// `refusals` has suppressed.
  package static func to(_ logger: Logger, refusals: SampledLog) -> PipelineLog {
    PipelineLog { level, message, fields in
      var values = fields.map { (name: $0.0, value: LogValue.string($0.1)) }
      switch level {
      case .warning: logger.log(.warning, message, list: values)
      case .info: logger.log(.info, message, list: values)
      case .debug: logger.log(.debug, message, list: values)
      case .refusal, .unmatched:
        // Lines are sampled by reason or input, so that a frequent one does not hide the others.
        let reason = fields.first?.1
        guard let suppressed = refusals.admit(reason.map { "\(message): \($0)" } ?? message) else {
          return
        }
        if suppressed > 0 { values.append(("more_not_logged", .count(suppressed))) }
        logger.log(level == .refusal ? .warning : .info, message, list: values)
      }
    }
  }
}
