package import Pipeline
package import ServiceManager

extension PipelineLog {
  /// Writes to the process's log; refusals are sampled, so that a million bad messages make a few
  /// lines and an exact count.
  package static func to(_ logger: Logger, refusals: SampledLog) -> PipelineLog {
    PipelineLog { level, message, fields in
      var values = fields.map { (name: $0.0, value: LogValue.string($0.1)) }
      switch level {
      case .warning: logger.log(.warning, message, list: values)
      case .info: logger.log(.info, message, list: values)
      case .debug: logger.log(.debug, message, list: values)
      case .refusal:
        guard let suppressed = refusals.admit(fields.first?.1 ?? message) else { return }
        if suppressed > 0 { values.append(("not_logged", .integer(Int64(suppressed)))) }
        logger.log(.warning, message, list: values)
      }
    }
  }
}
