import Notation
package import TimeSeries

/// A duration in the notation of the command line, in whole milliseconds: `250ms`, `10s`, `1h30m`.
package struct ConfiguredDuration: Decodable, Sendable, Equatable, CustomStringConvertible {
  package var milliseconds: Milliseconds

  package init(milliseconds: Milliseconds) { self.milliseconds = milliseconds }

  /// `nil` if the text is not a duration.
  package init?(_ text: String) {
    do throws(NotationError) {
      milliseconds = try DurationNotation.milliseconds(text)
    } catch {
      return nil
    }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do throws(NotationError) {
      milliseconds = try DurationNotation.milliseconds(text)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
    }
  }

  package var description: String { DurationNotation.text(.milliseconds(milliseconds)) }
}
