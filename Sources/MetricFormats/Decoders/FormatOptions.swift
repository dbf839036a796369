/// Options of an input's format; nil is the default of the format.
package struct FormatOptions: Sendable {
  /// The unit of timestamps that are numbers.
  package var timestampUnit: TimestampUnit?
  /// Whether a point without a timestamp of its own is dropped instead of taking its record's.
  package var requireTimestamp: Bool?
  /// Whether true and false are readings of 1 and 0 instead of no readings.
  package var booleans: Bool?
  /// Whether a string that holds a number is a reading.
  package var numericStrings: Bool?
  /// Whether collectd's `StoreRates` is on, so that its derives and counters are rates already.
  package var storeRates: Bool?
  /// The places of the parts of a metric in a JSON document.
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
