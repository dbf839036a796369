/// What the server tells about the process at one moment: values only, so the server knows nothing
/// of the pipeline and can't disturb it.
package struct StatusSnapshot: Sendable {
  /// Whether the process works at all; what `/healthz` answers.
  package var liveness: Health
  /// Whether it has caught up and publishes; what `/readyz` answers.
  package var readiness: Health
  /// What `/status` shows.
  package var status: StatusValue

  package init(liveness: Health, readiness: Health, status: StatusValue) {
    self.liveness = liveness
    self.readiness = readiness
    self.status = status
  }
}

package enum Health: Sendable, Equatable {
  case up
  /// With the reason in one line.
  case down(String)
}
