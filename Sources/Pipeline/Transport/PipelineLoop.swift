/// A loop that a thread of the pipeline runs: a worker or the router.
package protocol PipelineLoop: ~Copyable {
  /// - Throws: an error that the caller passes to `recover`.
  mutating func runOnce() throws(TransportError) -> Worker.Progress
  /// - Throws: the error itself, if only new clients can help, or nothing can.
  mutating func recover(from error: TransportError) throws(TransportError)
  /// Commits what is pending, and saves what a restart needs.
  mutating func shutDown() throws(TransportError)
}

extension Worker: PipelineLoop {}
extension Router: PipelineLoop {}
