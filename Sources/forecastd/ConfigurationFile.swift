import Configuration
import MetricFormats
import NeuralNetwork
import Pipeline
import YAMLCoding

/// A configuration read from a file.
enum ConfigurationFile {
  /// - Throws: `CommandError` with status 78 that names file, line and key of everything wrong.
  static func read(_ path: String) throws(CommandError) -> DaemonConfiguration {
    let bytes: [UInt8]
    do throws(SafetensorsError) {
      bytes = try WeightsFile.read(path)
    } catch {
      throw CommandError(
        description: "\(path): \(error)", exitStatus: CommandError.configurationStatus)
    }
    do throws(YAMLError) {
      return try YAMLDecoder(fileName: path).decode(DaemonConfiguration.self, from: bytes)
    } catch {
      throw CommandError(
        description: "the configuration is wrong:\n\(error)",
        exitStatus: CommandError.configurationStatus)
    }
  }
}

extension DaemonConfiguration {
  /// How lines of files are read that stand in for the inputs; `nil` where none is configured.
  ///
  /// - Throws: `CommandError` where the inputs have several formats, since files don't say which is
  ///   theirs.
  func lineFormat() throws(CommandError) -> InputFormat? {
    let formats = (routerInputs + keyedInputs).map(\.format)
    let names = Set(formats.map(\.format.name)).sorted()
    guard names.count <= 1 else {
      throw CommandError(
        description: """
          the configuration has inputs of several formats (\(names.joined(separator: ", "))), and \
          files do not say which is theirs: leave one
          """,
        exitStatus: CommandError.configurationStatus)
    }
    return formats.first
  }
}
