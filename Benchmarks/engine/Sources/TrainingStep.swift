import NeuralNetwork
import Numerics
import Threads

/// One optimizer step after another on a minibatch, cut into shards of a fixed size.
final class TrainingStep {
  /// Rows of a shard: few enough that a step's activations stay near the core that works on them.
  static let shardRows = 16
  private let model: BenchmarkModel
  private var parallel: DataParallelGradients
  private var optimizer: AdamOptimizer

  init(
    _ model: BenchmarkModel, steps: Int, batch: Int, positions: HeadPositions, threads: Int
  ) throws(ThreadStartError) {
    precondition(batch.isMultiple(of: Self.shardRows))
    self.model = model
    let shards = (0..<batch / Self.shardRows).map { index in
      SequenceShard(model, steps: steps, rows: Self.shardRows, seed: 10 + 2 * UInt64(index))
    }
    let counted = batch * BenchmarkModel.outputSize * (positions == .last ? 1 : steps)
    parallel = try DataParallelGradients(
      threads: threads, shards: shards.count, count: model.layout.count
    ) { shard, gradients in
      shards[shard].lossAndGradients(
        positions, scale: 1 / Float(counted), gradients: address(gradients))
    }
    optimizer = AdamOptimizer(count: model.layout.count)
  }

  /// Forward, backward, clipping of the global norm to one, Adam, and packing the new weights.
  ///
  /// - Returns: the mean loss before the step.
  @discardableResult
  func run() -> Double {
    let loss = parallel.run()
    let gradients = parallel.gradients
    switch GradientClip(gradients, maximumNorm: 1) {
    case .skip: preconditionFailure("a gradient is not finite")
    case .apply(let scale, _):
      model.update {
        optimizer.step(parameters: $0, gradients: gradients, rate: 1e-3, gradientScale: scale)
      }
    }
    return loss.mean
  }
}

/// Two trainings that have nothing to do with each other, each on a thread of its own: what a
/// second core gives at most, on this machine and at this moment.
final class SeparateTrainings {
  private var team: ThreadTeam
  private let task: @Sendable (Int) -> Void

  init(_ make: () throws(ThreadStartError) -> TrainingStep) throws(ThreadStartError) {
    team = try ThreadTeam(name: "separate", threads: 2)
    let (first, second) = (try make(), try make())
    task = { index in _ = (index == 0 ? first : second).run() }
  }

  func run() { team.run(2, task) }
}

// Safety: `SeparateTrainings` gives each to one thread of its team, and waits for both.
extension TrainingStep: @unchecked Sendable {}
