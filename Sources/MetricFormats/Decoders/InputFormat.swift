/// A format with the options of one input, checked when it is made.
package struct InputFormat: Sendable {
  package let format: MetricFormat
  package let options: FormatOptions
  package let limits: DecoderLimits

  /// Whichever format a message looks like.
  package static let auto = InputFormat(.auto)

  /// How lines of files are read that take the place of the inputs' messages.
  ///
  /// - Parameter inputs: where there is none, each line is read as the format that it looks like.
  /// - Throws: where the inputs have several formats, since a file does not say which one it has.
  package static func ofLines(_ inputs: [InputFormat]) throws(FormatError) -> InputFormat {
    let names = Set(inputs.map(\.format.name)).sorted()
    guard names.count <= 1 else { throw .severalFormats(names: names) }
    return inputs.first ?? .auto
  }

  /// A format without options.
  init(_ format: MetricFormat) {
    self.format = format
    options = FormatOptions()
    limits = DecoderLimits()
  }

  /// - Throws: where there is no such format or it has no use for an option that is set.
  package init(
    name: String, options: FormatOptions = FormatOptions(), limits: DecoderLimits = DecoderLimits()
  ) throws(FormatError) {
    guard let format = MetricFormat.all.first(where: { $0.name == name }) else {
      throw .unknownFormat(name: name)
    }
    for option in options.used where !format.options.contains(option) {
      throw .unusedOption(option: option, format: name)
    }
    self.format = format
    self.options = options
    self.limits = limits
  }
}
