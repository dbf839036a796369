import CICal

/// A calendar as libical has read it.
struct ICalDocument: ~Copyable {
  private let root: OpaquePointer

  /// - Returns: nil if the text is no calendar.
  init?(_ text: String) {
    // A wrong file is a value here, never the end of the process.
    icalerror_set_errors_are_fatal(0)
    guard let root = icalparser_parse_string(text) else { return nil }
    self.root = root
  }

  deinit { icalcomponent_free(root) }

  /// The components with a name, in the order of the file.
  func components(_ name: String) -> [ICalComponent] {
    var found: [ICalComponent] = []
    Self.collect(name, in: root, into: &found)
    return found
  }

  private static func collect(
    _ name: String, in component: OpaquePointer, into found: inout [ICalComponent]
  ) {
    for child in ICalComponent(component).children {
      if child.name == name {
        found.append(child)
      } else {
        collect(name, in: child.pointer, into: &found)
      }
    }
  }
}

/// A component of an `ICalDocument`, valid while that is.
struct ICalComponent {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { self.pointer = pointer }

  /// In capitals; empty if libical does not know it.
  var name: String {
    icalcomponent_kind_to_string(icalcomponent_isa(pointer)).map { String(cString: $0) } ?? ""
  }

  var children: [ICalComponent] {
    var children: [ICalComponent] = []
    var child = icalcomponent_get_first_component(pointer, ICAL_ANY_COMPONENT)
    while let here = child {
      children.append(ICalComponent(here))
      child = icalcomponent_get_next_component(pointer, ICAL_ANY_COMPONENT)
    }
    return children
  }

  var properties: [ICalProperty] {
    var properties: [ICalProperty] = []
    var property = icalcomponent_get_first_property(pointer, ICAL_ANY_PROPERTY)
    while let here = property {
      properties.append(ICalProperty(here))
      property = icalcomponent_get_next_property(pointer, ICAL_ANY_PROPERTY)
    }
    return properties
  }
}

/// A property of an `ICalDocument`, with what is needed of it.
struct ICalProperty {
  /// In capitals.
  let name: String
  /// As RFC 5545 writes it; texts without their escapes.
  let value: String
  /// `TZID`.
  let zone: String?
  /// Whether it is for later occurrences too: `RANGE=THISANDFUTURE`.
  let hasRange: Bool

  init(_ property: OpaquePointer) {
    name = Self.text(icalproperty_get_property_name_r(property)).uppercased()
    if let value = icalproperty_get_value(property), icalvalue_isa(value) == ICAL_TEXT_VALUE,
      let text = icalvalue_get_text(value)
    {
      self.value = String(cString: text)
    } else {
      value = Self.text(icalproperty_get_value_as_string_r(property))
    }
    let parameter = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER)
    zone = parameter.flatMap { icalparameter_get_tzid($0) }.map { String(cString: $0) }
    hasRange = icalproperty_get_first_parameter(property, ICAL_RANGE_PARAMETER) != nil
  }

  /// Takes a text that libical has allocated.
  private static func text(_ bytes: UnsafeMutablePointer<CChar>?) -> String {
    guard let bytes else { return "" }
    defer { icalmemory_free_buffer(bytes) }
    return String(cString: bytes)
  }
}

/// A duration of RFC 5545.
struct ICalDuration {
  /// Days by the clock, and a time after them.
  let days: Int
  let milliseconds: Int64

  /// - Returns: nil if the text is none, or a negative one.
  init?(_ text: String) {
    let duration = icaldurationtype_from_string(text)
    guard icaldurationtype_is_bad_duration(duration) == 0, duration.is_neg == 0 else { return nil }
    days = Int(duration.days) + 7 * Int(duration.weeks)
    milliseconds =
      (Int64(duration.hours) * 3_600 + Int64(duration.minutes) * 60 + Int64(duration.seconds))
      * 1_000
  }
}
