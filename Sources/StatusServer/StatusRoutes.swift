import FoundationEssentials
import Metrics

/// Answers requests; no I/O, so that what a client gets is separate from how it gets it.
struct StatusRoutes: Sendable {
  let metrics: @Sendable () -> [MetricFamily]
  let snapshot: @Sendable () -> StatusSnapshot

  func respond(method: String, path: String, hasBody: Bool) -> StatusResponse {
    guard let answer = answer(to: path) else {
      return .text(404, "not found; there are /metrics, /healthz, /readyz and /status\n")
    }
    guard method == "GET" || method == "HEAD" else {
      return .text(405, "method not allowed; use GET or HEAD\n", allow: "GET, HEAD")
    }
    guard !hasBody else { return .text(400, "a request here has no body\n") }
    return answer()
  }

  private func answer(to path: String) -> (() -> StatusResponse)? {
    switch path {
    case "/metrics":
      {
        StatusResponse(
          status: 200, contentType: PrometheusText.contentType,
          body: Array(PrometheusText.render(metrics()).utf8))
      }
    case "/healthz": { .health(snapshot().liveness) }
    case "/readyz": { .health(snapshot().readiness) }
    case "/status": { .json(snapshot().status) }
    default: nil
    }
  }
}

struct StatusResponse {
  let status: UInt32
  let contentType: String
  let body: [UInt8]
  /// The methods a 405 must name.
  var allow: String?

  static func text(_ status: UInt32, _ text: String, allow: String? = nil) -> StatusResponse {
    StatusResponse(
      status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8),
      allow: allow)
  }

  static func health(_ health: Health) -> StatusResponse {
    switch health {
    case .up: text(200, "ok\n")
    case .down(let reason): text(503, reason + "\n")
    }
  }

  static func json(_ value: StatusValue) -> StatusResponse {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      let body = try encoder.encode(value)
      return StatusResponse(
        status: 200, contentType: "application/json", body: Array(body) + Array("\n".utf8))
    } catch {
      return text(500, "the status can't be written as JSON: \(error)\n")
    }
  }
}
