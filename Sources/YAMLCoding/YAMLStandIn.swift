/// Types with a value that can stand in for a wrong one while the rest of the file is examined.
///
/// Stand-ins are values a file may hold anyway, and never leave the decoder.
protocol YAMLStandIn {
  static var standIn: Any { get }
}

extension Array: YAMLStandIn { static var standIn: Any { Self() } }
extension Set: YAMLStandIn { static var standIn: Any { Self() } }
extension Dictionary: YAMLStandIn { static var standIn: Any { Self() } }
extension Optional: YAMLStandIn { static var standIn: Any { Self.none as Any } }
