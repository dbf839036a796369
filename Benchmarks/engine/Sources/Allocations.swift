import CAllocationCounter
import Forecasting
import NeuralNetwork
import Numerics
import Threads

/// Calls of the C library's allocator, by any thread, while hot paths repeat what they did before.
enum Allocations {
  /// One JSON line for each path, and one for a closure that does allocate, to show that it counts.
  static func report() throws(ThreadStartError) {
    count("control: an array a call", 100) { consume([Float](repeating: 1, count: 100)) }
    let model = BenchmarkModel(seed: 1)
    for batch in [1, 64, 100] {
      let series = StatefulSteps(model, batch: batch)
      count("stateful step and forecast, \(batch) series", 100) { series.step() }
    }
    let shard = SequenceShard(model, steps: 12, rows: 64, seed: 3)
    count("window, 64 series", 20) { shard.rerun() }
    for threads in [1, 2] {
      let training = try TrainingStep(
        BenchmarkModel(seed: 1), steps: 12, batch: 64, positions: .every, threads: threads)
      count("training step, \(threads) threads", 20) { training.run() }
    }
    countForecastNetwork()
  }

  /// The model of the daemon: a step, a forecast, a chunk of training.
  private static func countForecastNetwork() {
    let shape = ForecastNetworkShape(
      inputSize: 9, hiddenSize: 64, layerCount: 2, contextSize: 12, baseCount: 3, horizon: 24,
      quantiles: [0.1, 0.5, 0.9])
    let network = ForecastNetwork(shape: shape, seed: 1)
    let batch = 70
    var workspace = ForecastInferenceWorkspace(shape: shape)
    let inputs = normals(batch * shape.inputSize, seed: 1)
    let context = normals(batch * shape.contextSize, seed: 2)
    let bases = normals(batch * shape.baseCount * shape.horizon, seed: 3)
    var hidden = FloatBuffer(count: batch * shape.stateSize)
    var cell = FloatBuffer(count: batch * shape.stateSize)
    var output = FloatBuffer(count: batch * shape.outputSize)
    count("forecast network: step, \(batch) series", 100) {
      network.step(
        inputs: inputs.elements, hidden: hidden.mutable, cell: cell.mutable, batch: batch,
        workspace: &workspace)
    }
    count("forecast network: forecast, \(batch) series", 100) {
      network.forecast(
        hidden: hidden.elements, context: context.elements, bases: bases.elements,
        output: output.mutable, batch: batch, workspace: &workspace)
    }
    var chunk = ForecastTrainingChunk(shape: shape, steps: 16, batch: 8, positions: [3, 7, 11, 15])
    chunk.mask.mutable.fill(1)
    var gradients = FloatBuffer(count: network.layout.count)
    var training = ForecastTrainingWorkspace()
    count("forecast network: loss and gradients, 8 series", 20) {
      gradients.mutable.fill(0)
      _ = network.lossAndGradients(chunk, addingTo: gradients.mutable, workspace: &training)
    }
  }

  private static func count(_ name: String, _ repeats: Int, _ work: () -> Void) {
    for _ in 0..<3 { work() }
    allocationCounterReset()
    for _ in 0..<repeats { work() }
    let calls = allocationCounterCount()
    print(
      #"{"engine": "forecastd", "case": "allocations", "of": "\#(name)", "runs": \#(repeats), "#
        + #""calls": \#(calls)}"#)
  }

  /// Keeps the optimizer from seeing that nobody reads the array.
  @inline(never)
  private static func consume(_ values: [Float]) {}
}
