/// Numbers as the tables of documents have them.
enum Figure {
  /// Two digits behind the point, without a zero before it; a dash where there is none.
  static func text(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let hundredths = Int((abs(value) * 100).rounded())
    let fraction = hundredths % 100
    let text = (hundredths < 100 ? "" : "\(hundredths / 100)") + (fraction < 10 ? ".0" : ".")
    return (value < 0 ? "−" : "") + text + "\(fraction)"
  }

  static func percent(_ share: Double) -> String {
    share.isFinite && share > 0 ? "\(Int((100 * share).rounded()))" : ""
  }
}
