import Configuration
import NeuralNetwork
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
