import MetricFormats
package import Pipeline

// The topics that the threads read and write.

extension DaemonConfiguration {
  package var keyedInputs: [InputDecoders.Input] {
    inputs.filter(\.isKeyed).map(\.decoding)
  }

  /// The inputs of the workers: the keyed inputs, and the points topic if there is a router.
  package var workerInputs: [InputDecoders.Input] {
    var inputs = keyedInputs
    if needsRouter {
      inputs.append(
        InputDecoders.Input(
          topic: points.topic, format: CompactPoints.input, isRouted: true))
    }
    return inputs
  }

  package var routerInputs: [InputDecoders.Input] {
    inputs.filter { !$0.isKeyed }.map(\.decoding)
  }

  package var workerOutputs: [OutputTopic: String] {
    var topics: [OutputTopic: String] = [
      .forecasts: outputs.forecasts.topic, .anomalies: outputs.anomalies.topic,
    ]
    if outputs.deadLetters.isEnabled { topics[.deadLetters] = outputs.deadLetters.topic }
    if outputs.reports.isEnabled { topics[.reports] = outputs.reports.topic }
    return topics
  }

  package var routerOutputs: [OutputTopic: String] {
    var topics: [OutputTopic: String] = [.points: points.topic]
    if outputs.deadLetters.isEnabled { topics[.deadLetters] = outputs.deadLetters.topic }
    return topics
  }
}

extension InputSection {
  fileprivate var decoding: InputDecoders.Input {
    InputDecoders.Input(topic: topic, format: format, refusesUnmatched: refusesUnmatched)
  }
}
