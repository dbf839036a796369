/// How a stream's network is built, where the default is not wanted.
package struct ModelArchitecture: Sendable, Equatable, Codable {
  package enum Cell: String, Sendable, Codable, CaseIterable {
    case lstm
    case gru
  }

  package enum Normalization: String, Sendable, Codable, CaseIterable {
    case none
    /// Of the outputs between layers, and of the state that the head reads: each by itself.
    case layer
    /// Of the state that the head reads: over the origins of a minibatch in training, by running
    /// statistics in use.
    case batch
  }

  package enum Head: String, Sendable, Codable, CaseIterable {
    /// A residual block on state and context, added to a gated mix of base forecasts.
    case residual
    /// A linear layer on the state alone, as in PyTorch's guides.
    case linear
  }

  package enum Loss: String, Sendable, Codable, CaseIterable {
    /// Pinball loss of all quantiles.
    case quantile
    /// Likelihood of a Student-t distribution, whose quantiles are the forecast.
    case studentT = "student_t"
    /// Mean squared error of the mean; quantiles are a normal distribution's about it, with the
    /// spread of the errors in training.
    case squared
  }

  package var cell = Cell.lstm
  /// Share of the values between layers, and of the state that the head reads, that is dropped in
  /// training.
  package var dropout = 0.0
  package var normalization = Normalization.none
  /// Newest hidden states that attention pools for the head; zero or one: the newest alone.
  package var attention = 0
  package var head = Head.residual
  package var loss = Loss.quantile
  /// Steps of the window that the network reads anew for each forecast; zero: the state is carried
  /// from step to step for ever.
  package var fixedWindow = 0

  package init() {}

  func validate() throws(ForecastingError) {
    try require((0..<0.95).contains(dropout), "dropout", "must be in 0…0.95")
    try require((0...64).contains(attention), "attention", "must be 0…64 states")
    try require(
      fixedWindow == 0 || (8...FeatureLayout.replaySteps).contains(fixedWindow), "fixedWindow",
      "must be 8…\(FeatureLayout.replaySteps) steps, or 0")
    try require(
      fixedWindow == 0 || attention <= fixedWindow, "attention", "must not exceed fixedWindow")
  }
}
