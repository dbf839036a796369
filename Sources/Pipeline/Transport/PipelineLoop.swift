/// What a thread of the pipeline turns: a worker or the router.
package protocol PipelineLoop: ~Copyable {
  /// - Throws: what `recover` answers.
  mutating func runOnce() throws(TransportError) -> Worker.Progress
  /// - Throws: where only new clients, or nothing, can help.
  mutating func recover(from error: TransportError) throws(TransportError)
  /// Commits what is pending and writes down what a restart needs.
  mutating func shutDown() throws(TransportError)
}

extension Worker: PipelineLoop {}
extension Router: PipelineLoop {}
