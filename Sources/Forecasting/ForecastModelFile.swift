import NeuralNetwork
import Numerics
package import TimeSeries

/// A model as a safetensors file: the weights under the names of PyTorch, and everything else as
/// metadata.
extension ForecastModel {
  /// The content of the file; equal models give equal bytes.
  package func encoded() -> [UInt8] {
    let architecture = settings.architecture
    let metadata = [
      "format": "forecastd-model-2",
      "stream": stream,
      "version": String(version),
      "trained_through": String(trainedThrough),
      "full_training_steps": String(fullTrainingSteps),
      "interval": String(settings.interval),
      "window": String(settings.window),
      "seasons": settings.seasons.map(String.init).joined(separator: ","),
      "horizon": String(settings.horizon),
      "quantiles": settings.quantiles.map { "\($0)" }.joined(separator: ","),
      "hidden_size": String(settings.hiddenSize),
      "layers": String(settings.layerCount),
      "non_negative": String(settings.nonNegative),
      "cell": architecture.cell.rawValue,
      "dropout": String(architecture.dropout),
      "normalization": architecture.normalization.rawValue,
      "attention": String(architecture.attention),
      "head": architecture.head.rawValue,
      "loss": architecture.loss.rawValue,
      "fixed_window": String(architecture.fixedWindow),
      "time_zone": settings.calendarName,
      "digest": digest,
    ]
    return (network.parameters + network.statistics).withUnsafeBufferPointer {
      network.fileLayout.encodeSafetensors($0, metadata: metadata)
    }
  }

  /// Reads a file that `encoded` wrote.
  ///
  /// - Parameter timeZone: time zone of the stream, whose rules the file does not hold; `nil` if
  ///   time is an index.
  /// - Throws: what is wrong with the file, or that its calendar is not that of the stream. The
  ///   stream then needs another model.
  package convenience init(
    encoded bytes: [UInt8], timeZone: TimeZoneRules? = .utc
  ) throws(ForecastingError) {
    let file: SafetensorsReader
    let metadata: ModelMetadata
    let parameters: [Float]
    var network: ForecastNetwork
    do {
      file = try SafetensorsReader(bytes)
    } catch {
      throw .modelFile(error)
    }
    metadata = ModelMetadata(file.metadata)
    guard try metadata.text("format") == "forecastd-model-2" else {
      throw .modelMetadata(key: "format")
    }
    let settings = ModelSettings(
      interval: try metadata.number("interval"),
      window: try metadata.number("window"),
      seasons: try metadata.numbers("seasons"),
      horizon: try metadata.number("horizon"),
      quantiles: try metadata.numbers("quantiles"),
      hiddenSize: try metadata.number("hidden_size"),
      layerCount: try metadata.number("layers"),
      nonNegative: try metadata.number("non_negative"),
      architecture: try metadata.architecture(), timeZone: timeZone)
    try settings.validate()
    // Older files have no time zone: their calendar is UTC.
    let trained = metadata.entries["time_zone"] ?? TimeZoneRules.utc.name
    let wanted = settings.calendarName
    guard trained == wanted else { throw .calendar(ofModel: trained, ofStream: wanted) }
    network = ForecastNetwork(shape: settings.networkShape, seed: 0)
    do {
      parameters = try network.fileLayout.decodeParameters(file)
    } catch {
      throw .modelFile(error)
    }
    network.updateWeights { target, statistics in
      parameters.withUnsafeBufferPointer { values in
        target.copy(from: UnsafeBufferPointer(rebasing: values[..<target.count]))
        statistics.copy(from: UnsafeBufferPointer(rebasing: values[target.count...]))
      }
    }
    self.init(
      stream: try metadata.text("stream"), version: try metadata.number("version"),
      trainedThrough: try metadata.number("trained_through"),
      fullTrainingSteps: try metadata.number("full_training_steps"), settings: settings,
      network: network)
    guard try metadata.text("digest") == digest else { throw .modelMetadata(key: "digest") }
  }
}

extension ForecastNetwork {
  /// Layout of a file: parameters, then statistics.
  fileprivate var fileLayout: ParameterLayout {
    var all = layout
    for entry in statisticsLayout.entries { all.append(entry.name, entry.count) }
    return all
  }
}

/// The metadata of a file, read by key.
struct ModelMetadata {
  let entries: [String: String]

  init(_ entries: [String: String]) { self.entries = entries }

  func text(_ key: String) throws(ForecastingError) -> String {
    guard let text = entries[key] else { throw .modelMetadata(key: key) }
    return text
  }

  func architecture() throws(ForecastingError) -> ModelArchitecture {
    var architecture = ModelArchitecture()
    // Older files have no architecture: theirs is the default.
    if entries["cell"] == nil { return architecture }
    architecture.cell = try word("cell")
    architecture.dropout = try number("dropout")
    architecture.normalization = try word("normalization")
    architecture.attention = try number("attention")
    architecture.head = try word("head")
    architecture.loss = try word("loss")
    architecture.fixedWindow = try number("fixed_window")
    return architecture
  }

  private func word<Value: RawRepresentable<String>>(
    _ key: String
  ) throws(ForecastingError) -> Value {
    guard let value = Value(rawValue: try text(key)) else { throw .modelMetadata(key: key) }
    return value
  }

  func number<Value: LosslessStringConvertible>(
    _ key: String
  ) throws(ForecastingError) -> Value {
    guard let value = Value(try text(key)) else { throw .modelMetadata(key: key) }
    return value
  }

  func numbers<Value: LosslessStringConvertible>(
    _ key: String
  ) throws(ForecastingError) -> [Value] {
    var values: [Value] = []
    for part in try text(key).split(separator: ",") {
      guard let value = Value(String(part)) else { throw .modelMetadata(key: key) }
      values.append(value)
    }
    return values
  }
}
