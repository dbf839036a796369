package import NeuralNetwork

/// What can go wrong with settings and model files; every case says what to do next.
package enum ForecastingError: Error, Equatable, CustomStringConvertible {
  case invalidSetting(name: String, reason: String)
  case modelFile(SafetensorsError)
  case modelMetadata(key: String)

  package var description: String {
    switch self {
    case .invalidSetting(let name, let reason): "'\(name)' \(reason)"
    case .modelFile(let error): error.description
    case .modelMetadata(let key):
      "the model file's metadata '\(key)' is missing or unreadable: "
        + "use a file that this program wrote, or train anew"
    }
  }
}
