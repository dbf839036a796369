import CommandLineInterface
import MetricFormats
import Notation
import TimeSeries

/// A time as the command line says it.
enum Moment: Sendable {
  case at(Milliseconds)
  case now
  case ago(Duration)
  /// From now on.
  case after(Duration)

  func milliseconds(now: Milliseconds) -> Milliseconds {
    switch self {
    case .at(let time): time
    case .now: now
    case .ago(let duration): now - Milliseconds(duration / .milliseconds(1))
    case .after(let duration): now + Milliseconds(duration / .milliseconds(1))
    }
  }
}

extension ValueType where Value == Moment {
  /// A time, or how far it is from now.
  static var moment: Self {
    Self(
      placeholder: "TIME", completions: .nothing,
      parse: { (text) throws(ValueProblem) in
        if text == "now" { return .now }
        if let time = TimestampUnit.milliseconds(ofDateTime: text) { return .at(time) }
        if let number = Int64(text), let time = TimestampUnit.milliseconds.milliseconds(number) {
          return .at(time)
        }
        do throws(NotationError) {
          if text.hasSuffix(" ago") {
            return .ago(try DurationNotation.parse(String(text.dropLast(4))))
          }
          if text.hasPrefix("in ") {
            return .after(try DurationNotation.parse(String(text.dropFirst(3))))
          }
        } catch { throw ValueProblem("\(error)") }
        throw ValueProblem(
          "it is not a time such as 2025-01-06T08:00:00Z or 2025-01-06T09:00:00+01:00 (without a zone: "
            + "UTC), milliseconds since 1970, now, '2h ago' or 'in 30m'")
      },
      describe: { moment in
        switch moment {
        case .at(let time): TimeText.text(time)
        case .now: "now"
        case .ago(let duration): "\(DurationNotation.text(duration)) ago"
        case .after(let duration): "in \(DurationNotation.text(duration))"
        }
      })
  }
}
