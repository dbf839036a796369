/// A format with the options of one input, checked when it is made.
package struct InputFormat: Sendable {
  package let format: MetricFormat
  package let options: FormatOptions
  package let limits: DecoderLimits

  /// Whichever format a message looks like.
  package static let auto = InputFormat(.auto)

  /// How lines of files are read that take the place of the inputs' messages.
  ///
  /// - Parameter inputs: of none at all, each line is read as what it looks like.
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

/// Options of an input's format; nil is the default of the format.
package struct FormatOptions: Sendable {
  /// What the numbers of timestamps count.
  package var timestampUnit: TimestampUnit?
  /// Whether a point without a timestamp of its own is dropped instead of taking its record's.
  package var requireTimestamp: Bool?
  /// Whether true and false are readings of 1 and 0 instead of no readings.
  package var booleans: Bool?
  /// Whether a string that holds a number is a reading.
  package var numericStrings: Bool?
  /// Whether collectd's `StoreRates` is on, so that its derives and counters are rates already.
  package var storeRates: Bool?
  /// Where the parts of a metric are in a JSON document.
  package var fields: JSONFields?

  package init(
    timestampUnit: TimestampUnit? = nil, requireTimestamp: Bool? = nil, booleans: Bool? = nil,
    numericStrings: Bool? = nil, storeRates: Bool? = nil, fields: JSONFields? = nil
  ) {
    self.timestampUnit = timestampUnit
    self.requireTimestamp = requireTimestamp
    self.booleans = booleans
    self.numericStrings = numericStrings
    self.storeRates = storeRates
    self.fields = fields
  }

  /// The options that are set.
  var used: [FormatOption] {
    var used: [FormatOption] = []
    if timestampUnit != nil { used.append(.timestampUnit) }
    if requireTimestamp != nil { used.append(.requireTimestamp) }
    if booleans != nil { used.append(.booleans) }
    if numericStrings != nil { used.append(.numericStrings) }
    if storeRates != nil { used.append(.storeRates) }
    if fields != nil { used.append(.fields) }
    return used
  }
}

/// The names of the options as a configuration spells them.
package enum FormatOption: String, Sendable, CaseIterable {
  case timestampUnit = "timestamp_unit"
  case requireTimestamp = "require_timestamp"
  case booleans
  case numericStrings = "numeric_strings"
  case storeRates = "store_rates"
  case fields
}

/// Bounds on the memory that a message can take; what exceeds them is `oversized`.
package struct DecoderLimits: Sendable {
  /// Larger messages are not parsed.
  package var messageByteCountMaximum: Int
  package var pointCountMaximum: Int
  package var labelCountMaximum: Int
  /// Of the canonical series key.
  package var keyByteCountMaximum: Int
  /// Of the keys of all points of a message: many short fields can share many long labels.
  package var messageKeyByteCountMaximum: Int

  package init(
    messageByteCountMaximum: Int = 1 << 20, pointCountMaximum: Int = 100_000,
    labelCountMaximum: Int = 64,
    keyByteCountMaximum: Int = 1024, messageKeyByteCountMaximum: Int = 16 << 20
  ) {
    self.messageByteCountMaximum = messageByteCountMaximum
    self.pointCountMaximum = pointCountMaximum
    self.labelCountMaximum = labelCountMaximum
    self.keyByteCountMaximum = keyByteCountMaximum
    self.messageKeyByteCountMaximum = messageKeyByteCountMaximum
  }
}

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
