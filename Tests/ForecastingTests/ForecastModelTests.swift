import Forecasting
import NeuralNetwork
import Testing

@Suite struct ForecastModelTests {
  let model = ForecastModel.untrained(
    stream: "cpu \"a\"", settings: .small(seasons: [24, 168]), seed: 9)

  @Test("a model file brings back the same model, byte for byte")
  func roundTrip() throws {
    let bytes = model.encoded()
    let copy = try ForecastModel(encoded: bytes)
    #expect(copy.stream == model.stream)
    #expect(copy.version == 0)
    #expect(copy.trainedThrough == .min)
    #expect(copy.settings == model.settings)
    #expect(copy.digest == model.digest)
    #expect(copy.network.parameters == model.network.parameters)
    #expect(copy.encoded() == bytes)
  }

  @Test("the weights have PyTorch's names and shapes")
  func names() throws {
    let file = try SafetensorsReader(model.encoded())
    #expect(file["lstm.weight_ih_l0"]?.shape == [96, 8])
    #expect(file["lstm.weight_hh_l0"]?.shape == [96, 24])
    #expect(file["lstm.bias_hh_l0"]?.shape == [96])
  }

  @Test("a changed weight, a missing key or a cut file is refused")
  func refused() throws {
    var bytes = model.encoded()
    bytes[bytes.count - 3] ^= 0x10
    #expect(throws: ForecastingError.modelMetadata(key: "digest")) {
      try ForecastModel(encoded: bytes)
    }
    #expect(throws: ForecastingError.self) {
      try ForecastModel(encoded: Array(bytes.dropLast(9)))
    }
    let bare = model.network.withParameters {
      model.network.layout.encodeSafetensors($0)
    }
    #expect(throws: ForecastingError.modelMetadata(key: "format")) {
      try ForecastModel(encoded: bare)
    }
  }

  @Test("a model that has learned a calendar is refused where time is an index, and the reverse")
  func calendar() throws {
    #expect {
      try ForecastModel(encoded: model.encoded(), timeZone: nil)
    } throws: {
      "\($0)".contains("with the calendar of UTC") && "\($0)".contains("(time: index)")
        && "\($0)".contains("train anew")
    }
    var settings = model.settings
    settings.timeZone = nil
    let index = ForecastModel.untrained(stream: "steps", settings: settings, seed: 9)
    #expect(try ForecastModel(encoded: index.encoded(), timeZone: nil).settings == settings)
    #expect(throws: ForecastingError.calendar(ofModel: "index", ofStream: "UTC")) {
      try ForecastModel(encoded: index.encoded())
    }
  }

  @Test("the same seed gives the same untrained model, another seed another")
  func seeds() {
    let settings = model.settings
    let twin = ForecastModel.untrained(stream: "b", settings: settings, seed: 9)
    let other = ForecastModel.untrained(stream: "b", settings: settings, seed: 10)
    #expect(twin.digest == model.digest)
    #expect(other.digest != model.digest)
  }

  @Test(
    "settings out of range are named",
    arguments: [
      ("interval", ModelSettings(interval: 0)),
      ("window", ModelSettings(interval: 1, window: 31)),
      ("seasons", ModelSettings(interval: 1, seasons: [24, 24])),
      ("seasons", ModelSettings(interval: 1, seasons: [1])),
      ("seasons", ModelSettings(interval: 1, seasons: [2, 3, 4])),
      ("horizon", ModelSettings(interval: 1, horizon: 0)),
      ("quantiles", ModelSettings(interval: 1, quantiles: [0.5, 0.1])),
      ("quantiles", ModelSettings(interval: 1, quantiles: [1])),
      ("hiddenSize", ModelSettings(interval: 1, hiddenSize: 0)),
      ("layerCount", ModelSettings(interval: 1, layerCount: 0)),
    ])
  func validation(name: String, settings: ModelSettings) {
    do throws(ForecastingError) {
      try settings.validate()
      Issue.record("\(name) was accepted")
    } catch {
      #expect(error.description.hasPrefix("'\(name)' "))
    }
  }

  @Test("a model's default settings are valid, and its ring holds the longest season and a horizon")
  func defaults() throws {
    try ModelSettings(interval: 60_000).validate()
    try TrainingSettings().validate()
    #expect(ModelSettings(interval: 1, seasons: [24, 168]).ringCapacity == 256)
    #expect(ModelSettings(interval: 1, seasons: [288]).ringCapacity == 312)
    #expect(ModelSettings(interval: 1, seasons: [24, 1440]).ringCapacity == 256)
  }
}
