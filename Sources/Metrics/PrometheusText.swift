/// The text exposition format of Prometheus, version 0.0.4.
///
/// - Source: https://prometheus.io/docs/instrumenting/exposition_formats/
package enum PrometheusText {
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// Renders families in the given order; a family without samples is left out.
  package static func render(_ families: [MetricFamily]) -> String {
    var text = ""
    for family in families where !family.samples.isEmpty {
      text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n"
      text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
      for sample in family.samples {
        append(sample, of: family.name, to: &text)
      }
    }
    return text
  }

  private static func append(_ sample: Sample, of name: String, to text: inout String) {
    switch sample.value {
    case .count(let count):
      text += "\(name)\(labels(sample.labels)) \(count)\n"
    case .number(let number):
      text += "\(name)\(labels(sample.labels)) \(decimal(number))\n"
    case .histogram(let histogram):
      let bounds = histogram.upperBounds.map(decimal) + ["+Inf"]
      for (bound, count) in zip(bounds, histogram.cumulativeCounts) {
        text += "\(name)_bucket\(labels(sample.labels, le: bound)) \(count)\n"
      }
      text += "\(name)_sum\(labels(sample.labels)) \(decimal(histogram.sum))\n"
      text += "\(name)_count\(labels(sample.labels)) \(histogram.cumulativeCounts.last ?? 0)\n"
    }
  }

  private static func labels(_ labels: [Label], le bound: String? = nil) -> String {
    var pairs = labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
    if let bound { pairs.append("le=\"\(bound)\"") }
    return pairs.isEmpty ? "" : "{" + pairs.joined(separator: ",") + "}"
  }

  /// The shortest decimal that reads back as the same number; whole numbers without `.0`.
  private static func decimal(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: number), whole.magnitude < 1 << 53 { return "\(whole)" }
    return "\(number)"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
