import TestSupport

/// Where the programs of these tests are.
enum Programs {
  static let kcat = installedProgram("kcat")
  static let collectd = installedProgram("collectd")
  static let python = installedProgram("python3")

  /// The daemon that was built beside the tests.
  static let forecastd = builtProgram("forecastd")
}
