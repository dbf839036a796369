import Pipeline

extension DaemonConfiguration {
  /// The top-level keys whose values differ from those of another configuration, except the log
  /// level.
  package func settingsThatDiffer(from other: DaemonConfiguration) -> [String] {
    func differs<Value>(_ path: KeyPath<DaemonConfiguration, Value>) -> Bool {
      // Settings are plain values, so equal ones have equal descriptions.
      String(reflecting: self[keyPath: path]) != String(reflecting: other[keyPath: path])
    }
    let sections: [(String, Bool)] = [
      ("kafka", differs(\.kafka)), ("group", differs(\.group)), ("instance", differs(\.instance)),
      ("delivery", differs(\.delivery)), ("workers", differs(\.workers)),
      ("inputs", differs(\.inputs)), ("points_topic", differs(\.points)),
      ("outputs", differs(\.outputs)), ("streams", differs(\.streams)),
      ("state_directory", differs(\.stateDirectory)), ("status", differs(\.statusAddress)),
      ("log", differs(\.logFormat)),
      (
        "commit_interval, idle_after, stall_maximum, snapshot_interval, start or seed",
        differs(\.pipeline.commitIntervalMilliseconds) || differs(\.pipeline.idleMilliseconds)
          || differs(\.pipeline.stallMilliseconds)
          || differs(\.pipeline.snapshotIntervalMilliseconds) || differs(\.pipeline.start)
          || differs(\.pipeline.seed)
      ),
    ]
    return sections.filter(\.1).map(\.0)
  }
}
