import Glibc

/// A drawing with axes, as inline SVG; its colours come from the style of the page.
package struct Chart {
  package struct Tick {
    package var value: Double
    package var label: String

    package init(value: Double, label: String) {
      self.value = value
      self.label = label
    }
  }

  package let width: Double
  package let height: Double
  package let xRange: ClosedRange<Double>
  package let yRange: ClosedRange<Double>
  private let left = 62.0
  private let right = 14.0
  private let top = 14.0
  private let bottom = 44.0
  private var body = Markup()

  /// - Parameter description: says what the drawing shows, for readers who cannot see it.
  package init(
    width: Double, height: Double, x xRange: ClosedRange<Double>, y yRange: ClosedRange<Double>,
    description: String
  ) {
    self.width = width
    self.height = height
    self.xRange = Self.widened(xRange)
    self.yRange = Self.widened(yRange)
    body.line(
      "<svg viewBox=\"0 0 \(Self.text(width)) \(Self.text(height))\" role=\"img\" "
        + "aria-label=\"\(Markup.escaped(description))\">")
  }

  package var svg: String { body.text + "</svg>\n" }

  /// A range without width has no scale.
  private static func widened(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
    guard range.lowerBound == range.upperBound else { return range }
    let half = max(abs(range.lowerBound) * 0.1, 0.5)
    return range.lowerBound - half...range.upperBound + half
  }

  package func x(_ value: Double) -> Double {
    left + (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound)
      * (width - left - right)
  }

  package func y(_ value: Double) -> Double {
    height - bottom - (value - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound)
      * (height - top - bottom)
  }

  // MARK: - Axes

  package mutating func axes(x xTicks: [Tick], y yTicks: [Tick], xTitle: String, yTitle: String) {
    for tick in yTicks {
      let place = Self.text(y(tick.value))
      body.line(
        "<line class=\"grid\" x1=\"\(Self.text(left))\" x2=\"\(Self.text(width - right))\" "
          + "y1=\"\(place)\" y2=\"\(place)\"/>")
      label(tick.label, x: left - 8, y: y(tick.value) + 4, anchor: "end")
    }
    let floor = height - bottom
    body.line(
      "<line class=\"axis\" x1=\"\(Self.text(left))\" x2=\"\(Self.text(width - right))\" "
        + "y1=\"\(Self.text(floor))\" y2=\"\(Self.text(floor))\"/>")
    for tick in xTicks {
      let place = Self.text(x(tick.value))
      body.line(
        "<line class=\"axis\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(Self.text(floor))\" "
          + "y2=\"\(Self.text(floor + 4))\"/>")
      let isAtEdge = x(tick.value) > width - 40 && tick.label.count > 5
      label(
        tick.label, x: isAtEdge ? width - 2 : x(tick.value), y: floor + 18,
        anchor: isAtEdge ? "end" : "middle")
    }
    label(xTitle, x: (left + width - right) / 2, y: height - 6, anchor: "middle")
    let middle = (top + floor) / 2
    body.line(
      "<text x=\"12\" y=\"\(Self.text(middle))\" text-anchor=\"middle\" "
        + "transform=\"rotate(-90 12 \(Self.text(middle)))\">\(Markup.escaped(yTitle))</text>")
  }

  package mutating func label(_ text: String, x: Double, y: Double, anchor: String) {
    body.line(
      "<text x=\"\(Self.text(x))\" y=\"\(Self.text(y))\" text-anchor=\"\(anchor)\">"
        + "\(Markup.escaped(text))</text>")
  }

  // MARK: - Marks

  /// A line through the points; where one is not finite, it is interrupted.
  package mutating func line(_ points: [(x: Double, y: Double)], style: String) {
    var path = ""
    var isDown = false
    for point in points {
      guard point.x.isFinite, point.y.isFinite else {
        isDown = false
        continue
      }
      path += "\(isDown ? "L" : "M")\(Self.text(x(point.x))) \(Self.text(y(point.y)))"
      isDown = true
    }
    body.line("<path class=\"line \(style)\" d=\"\(path)\"/>")
  }

  /// The area between two lines over the same places.
  package mutating func band(_ points: [(x: Double, low: Double, high: Double)], style: String) {
    guard !points.isEmpty else { return }
    let forth = points.map { "\(Self.text(x($0.x))) \(Self.text(y($0.high)))" }
    let back = points.reversed().map { "\(Self.text(x($0.x))) \(Self.text(y($0.low)))" }
    body.line(
      "<path class=\"\(style)\" d=\"M\((forth + back).joined(separator: "L"))Z\"/>")
  }

  /// The whole height of the drawing between two places.
  package mutating func stripe(from first: Double, to last: Double, style: String, title: String) {
    body.line(
      "<rect class=\"\(style)\" x=\"\(Self.text(x(first)))\" y=\"\(Self.text(top))\" "
        + "width=\"\(Self.text(max(1, x(last) - x(first))))\" "
        + "height=\"\(Self.text(height - bottom - top))\">"
        + "<title>\(Markup.escaped(title))</title></rect>")
  }

  package mutating func dot(x: Double, y: Double, radius: Double = 4, style: String, title: String)
  {
    guard x.isFinite, y.isFinite else { return }
    body.line(
      "<circle class=\"\(style)\" cx=\"\(Self.text(self.x(x)))\" cy=\"\(Self.text(self.y(y)))\" "
        + "r=\"\(Self.text(radius))\"><title>\(Markup.escaped(title))</title></circle>")
  }

  // MARK: - Numbers

  /// About so many round values that cover the range.
  package static func ticks(_ range: ClosedRange<Double>, count: Int = 5) -> [Tick] {
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite else {
      return [Tick(value: range.lowerBound, label: shortNumber(range.lowerBound))]
    }
    let rough = span / Double(count)
    let power = pow(10, log10(rough).rounded(.down))
    let step = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= rough } ?? rough
    var ticks: [Tick] = []
    var index = (range.lowerBound / step).rounded(.up)
    while index * step <= range.upperBound + step * 1e-9 {
      ticks.append(Tick(value: index * step, label: shortNumber(index * step)))
      index += 1
    }
    return ticks
  }

  /// Four significant digits, thousands as `12k`.
  package static func shortNumber(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    for (unit, letter) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    where abs(value) >= 10 * unit { return trimmed(value / unit) + letter }
    return trimmed(value)
  }

  private static func trimmed(_ value: Double) -> String {
    guard value != 0 else { return "0" }
    let digits = 3 - Int(log10(abs(value)).rounded(.down))
    guard digits < 9 else { return "\(Float(value))" }
    let scale = pow(10, Double(max(0, digits)))
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }

  /// A place in the drawing: a tenth of a unit is finer than what can be seen.
  private static func text(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
  }
}
