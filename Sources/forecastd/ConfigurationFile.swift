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
      return try YAMLDecoder(
        fileName: path, userInfo: DaemonConfiguration.userInfo(directory: directory(of: path))
      ).decode(DaemonConfiguration.self, from: bytes)
    } catch {
      throw CommandError(
        description: "the configuration is wrong:\n\(error)",
        exitStatus: CommandError.configurationStatus)
    }
  }

  /// The directory of a file, for the files that it names.
  private static func directory(of path: String) -> String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }
}

extension DaemonConfiguration {
  /// How lines of files are read that take the place of the inputs' messages.
  ///
  /// - Throws: `CommandError` where the inputs have several formats.
  func lineFormat() throws(CommandError) -> InputFormat {
    do throws(FormatError) {
      return try .ofLines((routerInputs + keyedInputs).map(\.format))
    } catch {
      throw CommandError(
        description: "\(error)", exitStatus: CommandError.configurationStatus)
    }
  }
}
