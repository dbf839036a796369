import NeuralNetwork
import Numerics

/// A minibatch that is divided into shards of a few series each. Threads compute the losses and
/// gradients of the shards.
///
/// The shards depend on the minibatch alone, so the result of a training is the same bits for any
/// number of threads.
struct TrainingShards: ~Copyable {
  /// Series of a shard. The kernels are near their full speed from four rows on, and small
  /// minibatches still keep several threads busy.
  static let rows = 4

  private let batch: Int
  private let work: ShardWork
  private var parallel: DataParallelGradients
  private let warmUp: @Sendable (Int) -> Void

  /// - Parameter threads: the largest number of threads. There are fewer if the process may not
  ///   start so many; that changes only the time.
  init(shape: ForecastNetworkShape, parameters: Int, batch: Int, threads: Int) {
    precondition(batch >= 1 && threads >= 1)
    self.batch = batch
    let work = ShardWork(
      shards: stride(from: 0, to: batch, by: Self.rows).map { first in
        TrainingShard(shape: shape, first: first, rows: min(Self.rows, batch - first))
      })
    self.work = work
    warmUp = { shard in work.warmUp(shard) }
    parallel = DataParallelGradients(
      threadsAtMost: threads, shards: work.shards.count, count: parameters
    ) { shard, gradients in work.lossAndGradients(shard, gradients) }
  }

  /// Whether the chunk has the number of series that the shards were made for.
  func fits(_ chunk: borrowing ForecastTrainingChunk) -> Bool { chunk.batch == batch }

  /// See `ForecastNetwork.lossAndGradients`. The gradients are afterwards in `gradients`.
  mutating func lossAndGradients(
    _ network: ForecastNetwork, _ chunk: borrowing ForecastTrainingChunk,
    workspace: inout ForecastTrainingWorkspace
  ) -> LossSum {
    work.normalizer = chunk.countedValues(quantiles: network.shape.valuesPerTarget)
    deal(network, chunk)
    let loss = parallel.run()
    collect(network.shape, &workspace)
    collectStatistics(network, &workspace)
    return loss
  }

  /// Moves the hidden states over the chunk, without gradients.
  mutating func advance(
    _ network: ForecastNetwork, _ chunk: borrowing ForecastTrainingChunk,
    workspace: inout ForecastTrainingWorkspace
  ) {
    deal(network, chunk)
    parallel.forEachShard(warmUp)
    collect(network.shape, &workspace)
  }

  var gradients: UnsafeBufferPointer<Float> { parallel.gradients }

  private func deal(_ network: ForecastNetwork, _ chunk: borrowing ForecastTrainingChunk) {
    precondition(fits(chunk))
    work.network = network
    for shard in work.shards { shard.take(chunk, shape: network.shape) }
  }

  /// Copies the final states of the shards into the workspace. Releases the network, so that its
  /// weights can be changed in place.
  private func collect(
    _ shape: ForecastNetworkShape, _ workspace: inout ForecastTrainingWorkspace
  ) {
    work.network = nil
    workspace.finalHidden.resize(batch * shape.stateSize)
    workspace.finalCell.resize(batch * shape.cellSize)
    for shard in work.shards {
      shard.give(workspace.finalHidden.mutable, workspace.finalCell.mutable, shape: shape)
    }
  }

  /// Writes the mean of the running statistics over the shards: each shard normalises its origins
  /// separately.
  private func collectStatistics(
    _ network: ForecastNetwork, _ workspace: inout ForecastTrainingWorkspace
  ) {
    workspace.statistics.resize(network.statisticsLayout.count)
    workspace.statistics.mutable.fill(0)
    let share = 1 / Float(work.shards.count)
    for shard in work.shards { shard.addStatistics(workspace.statistics.mutable, share: share) }
  }
}

/// The objects that the threads share during a run.
private final class ShardWork {
  let shards: [TrainingShard]
  var network: ForecastNetwork?
  var normalizer = 0

  init(shards: [TrainingShard]) {
    self.shards = shards
  }

  func lossAndGradients(
    _ shard: Int, _ gradients: UnsafeMutableBufferPointer<Float>
  ) -> LossSum {
    guard let network else { return LossSum() }
    return shards[shard].lossAndGradients(network, gradients, normalizer: normalizer)
  }

  func warmUp(_ shard: Int) {
    guard let network else { return }
    shards[shard].warmUp(network)
  }
}

// Safety: the owner changes network, normalizer and chunks only between runs; in a run each task
// writes to its own shard alone.
extension ShardWork: @unchecked Sendable {}

/// Some rows of the minibatch, with their activations.
private final class TrainingShard {
  private let first: Int
  private let rows: Int
  private var chunk: ForecastTrainingChunk
  private var workspace = ForecastTrainingWorkspace()

  init(shape: ForecastNetworkShape, first: Int, rows: Int) {
    self.first = first
    self.rows = rows
    chunk = ForecastTrainingChunk(shape: shape, steps: 1, batch: rows, positions: [])
  }

  func take(_ whole: borrowing ForecastTrainingChunk, shape: ForecastNetworkShape) {
    if chunk.steps != whole.steps || chunk.positions != whole.positions {
      chunk = ForecastTrainingChunk(
        shape: shape, steps: whole.steps, batch: rows, positions: whole.positions)
    }
    chunk.copyRows(first, of: whole)
  }

  func give(
    _ hidden: UnsafeMutableBufferPointer<Float>, _ cell: UnsafeMutableBufferPointer<Float>,
    shape: ForecastNetworkShape
  ) {
    for index in 0..<(rows * shape.stateSize) {
      hidden[first * shape.stateSize + index] = workspace.finalHidden[index]
    }
    for index in 0..<(rows * shape.cellSize) {
      cell[first * shape.cellSize + index] = workspace.finalCell[index]
    }
  }

  func addStatistics(_ total: UnsafeMutableBufferPointer<Float>, share: Float) {
    for index in total.indices { total[index] += share * workspace.statistics[index] }
  }

  func lossAndGradients(
    _ network: ForecastNetwork, _ gradients: UnsafeMutableBufferPointer<Float>, normalizer: Int
  ) -> LossSum {
    network.lossAndGradients(
      chunk, addingTo: gradients, normalizer: normalizer, workspace: &workspace)
  }

  func warmUp(_ network: ForecastNetwork) {
    _ = network.loss(chunk, workspace: &workspace)
  }
}

extension ForecastTrainingChunk {
  /// Copies rows of a larger chunk with the same steps and positions, from row `first` on.
  fileprivate mutating func copyRows(_ first: Int, of whole: borrowing ForecastTrainingChunk) {
    func copy(
      _ source: UnsafeBufferPointer<Float>, _ target: UnsafeMutableBufferPointer<Float>,
      planes: Int
    ) {
      guard planes > 0, !source.isEmpty, let from = source.baseAddress,
        let to = target.baseAddress
      else { return }
      let width = target.count / (planes * batch)
      for plane in 0..<planes {
        (to + plane * batch * width).update(
          from: from + (plane * whole.batch + first) * width, count: batch * width)
      }
    }
    copy(whole.inputs.elements, inputs.mutable, planes: steps)
    copy(whole.context.elements, context.mutable, planes: positions.count)
    copy(whole.bases.elements, bases.mutable, planes: positions.count)
    copy(whole.targets.elements, targets.mutable, planes: positions.count)
    copy(whole.mask.elements, mask.mutable, planes: positions.count)
    copy(whole.initialHidden.elements, initialHidden.mutable, planes: 1)
    copy(whole.initialCell.elements, initialCell.mutable, planes: 1)
    // Each shard has its own seed, so that its dropout differs.
    dropoutSeed = whole.dropoutSeed.map { $0 &+ UInt64(first) &* 0x9e37_79b9_7f4a_7c15 }
  }
}
