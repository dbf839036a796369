package import Forecasting
import NeuralNetwork
package import TimeSeries

/// The models in a state directory: `<stream>-<version>.safetensors`, with PyTorch's layout and
/// names. Beside them are `<stream>.trainer` (the optimizer's moments and the online learning
/// rate), `<stream>.history` (the histories that `train --history` has recorded) and the reports
/// that are not published yet.
///
/// A model must stay as long as a snapshot or a committed event may name it. The newest
/// `generations` models of each stream are kept for that.
package struct ModelStore: Sendable {
  /// The number of models that are kept for each stream.
  package static let generations = 16

  private let directory: StateDirectory
  private static let suffix = ".safetensors"

  package init(directory path: String) throws(StateDirectoryError) {
    directory = try StateDirectory(path: path)
  }

  /// Versions of the stream's models, oldest first.
  package func versions(of stream: String) -> [Int] { numbers(of: stream, suffix: Self.suffix) }

  /// The numbers of the files `<stream>-<number><suffix>`, ascending.
  func numbers(of stream: String, suffix: String) -> [Int] {
    directory.fileNames(withSuffix: suffix).compactMap { name in
      guard name.hasPrefix(stream + "-") else { return nil }
      return Int(name.dropFirst(stream.count + 1).dropLast(suffix.count))
    }.sorted()
  }

  package func save(_ model: ForecastModel) throws(ModelStoreError) {
    try write(model.encoded(), to: fileName(model.stream, model.version))
    for version in versions(of: model.stream).dropLast(Self.generations) {
      try remove(fileName(model.stream, version))
    }
  }

  /// - Returns: `nil` if there is no such file.
  package func load(
    stream: String, version: Int, timeZone: TimeZoneRules? = .utc
  ) throws(ModelStoreError) -> ForecastModel? {
    guard versions(of: stream).contains(version) else { return nil }
    let name = fileName(stream, version)
    do {
      return try ForecastModel(encoded: try directory.read(name), timeZone: timeZone)
    } catch {
      throw ModelStoreError(reason: "\(name): \(error)")
    }
  }

  /// Saves the state that the stream's trainer carries from training to training.
  package func saveTrainerState(_ bytes: [UInt8], stream: String) throws(ModelStoreError) {
    try write(bytes, to: Self.trainerFileName(stream))
  }

  /// - Returns: `nil` if there is no such file.
  package func trainerState(of stream: String) throws(ModelStoreError) -> [UInt8]? {
    try read(Self.trainerFileName(stream))
  }

  func write(_ bytes: [UInt8], to name: String) throws(ModelStoreError) {
    do {
      try directory.write(name, bytes: bytes)
    } catch {
      throw ModelStoreError(reason: "\(error)")
    }
  }

  /// - Returns: `nil` if there is no such file.
  func read(_ name: String) throws(ModelStoreError) -> [UInt8]? {
    guard directory.fileNames(withSuffix: name).contains(name) else { return nil }
    do {
      return try directory.read(name)
    } catch {
      throw ModelStoreError(reason: "\(name): \(error)")
    }
  }

  /// Removes a file. A missing file is no error.
  func remove(_ name: String) throws(ModelStoreError) {
    do {
      try directory.remove(name)
    } catch {
      throw ModelStoreError(reason: "\(error)")
    }
  }

  private static func trainerFileName(_ stream: String) -> String { stream + ".trainer" }

  private func fileName(_ stream: String, _ version: Int) -> String {
    "\(stream)-\(version)\(Self.suffix)"
  }
}

/// A file of the store that could not be written or read.
package struct ModelStoreError: Error, Sendable, CustomStringConvertible {
  package var reason: String

  package var description: String { reason }
}
