package import NeuralNetwork

/// An error in settings or in a model file.
package enum ForecastingError: Error, Equatable, CustomStringConvertible {
  case invalidSetting(name: String, reason: String)
  case modelFile(SafetensorsError)
  case modelMetadata(key: String)
  /// The calendar of the model is not that of the stream: another time zone, or one of the two has
  /// time as an index.
  case calendar(ofModel: String, ofStream: String)

  package var description: String {
    switch self {
    case .invalidSetting(let name, let reason): "'\(name)' \(reason)"
    case .modelFile(let error): error.description
    case .modelMetadata(let key):
      "the model file's metadata '\(key)' is missing or unreadable: "
        + "use a file that this program wrote, or train anew"
    case .calendar(let model, let stream):
      "the model was trained \(Self.calendar(model)), and the stream has times "
        + "\(Self.calendar(stream)): set the stream's time and time_zone back, or train anew"
    }
  }

  private static func calendar(_ name: String) -> String {
    name == "index" ? "without a calendar (time: index)" : "with the calendar of \(name)"
  }
}
