/// What a thread wants to hear from its source and its sink, on that thread.
package struct TransportHooks {
  /// Called between requests. Each takes 20 seconds at most, but a thread may make many in a row, and
  /// whoever watches it must not take it for stuck.
  package var onProgress: () -> Void = {}
  /// Called before the sink commits: what was to be computed is computed.
  package var onCommit: () -> Void = {}

  package init() {}
}
