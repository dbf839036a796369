import Numerics
package import Threads

/// Gradients of a minibatch cut into shards that the threads of a team share.
///
/// The shards are fixed by the minibatch, and their gradients are summed by a fixed tree, so the
/// result is the same bits for any number of threads. What bounds the gain is the number of shards:
/// take a multiple of the threads of any machine that matters.
package struct DataParallelGradients: ~Copyable {
  /// Adds a shard's gradients to the zeroed buffer and returns its part of the loss. Runs on any
  /// thread, beside other shards.
  package typealias Work =
    @Sendable (_ shard: Int, _ gradients: UnsafeMutableBufferPointer<Float>) -> LossSum

  package let shards: Int
  /// Parameters, and so gradients.
  package let count: Int
  private var team: ThreadTeam
  private let places: ShardPlaces
  private let task: @Sendable (Int) -> Void

  /// - Throws: where the process may start no more threads.
  /// - Precondition: shards, threads ≥ 1
  package init(
    threads: Int, shards: Int, count: Int, work: @escaping Work
  ) throws(ThreadStartError) {
    self.init(
      team: try ThreadTeam(name: "gradients", threads: min(threads, shards)), shards: shards,
      count: count, work: work)
  }

  /// With fewer threads where the process may start no more, down to the caller's alone.
  package init(threadsAtMost threads: Int, shards: Int, count: Int, work: @escaping Work) {
    self.init(
      team: ThreadTeam(name: "gradients", threadsAtMost: min(threads, shards)), shards: shards,
      count: count, work: work)
  }

  private init(team: consuming ThreadTeam, shards: Int, count: Int, work: @escaping Work) {
    precondition(shards >= 1)
    self.team = team
    self.shards = shards
    self.count = count
    let places = ShardPlaces(shards: shards, length: count)
    self.places = places
    task = { shard in
      let gradients = places.gradients(shard)
      gradients.fill(0)
      places.losses[shard] = work(shard, gradients)
    }
  }

  /// Does other work for each shard on the same threads; no gradients are touched.
  package mutating func forEachShard(_ task: @escaping @Sendable (Int) -> Void) {
    team.run(shards, task)
  }

  /// The loss over all shards; leaves the sum of their gradients in `gradients`.
  ///
  /// Allocates nothing itself.
  package mutating func run() -> LossSum {
    team.run(shards, task)
    Reductions.sumShards(places.all, shardCount: shards, length: places.stride)
    var total = LossSum()
    for shard in 0..<shards { total += places.losses[shard] }
    return total
  }

  /// What the last run left, valid until the next.
  package var gradients: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(places.gradients(0))
  }
}

/// One gradient buffer and one loss for each shard.
private final class ShardPlaces {
  /// From one shard to the next: whole cache lines, so that no two threads write to the same one.
  let stride: Int
  let losses: UnsafeMutablePointer<LossSum>
  let all: UnsafeMutableBufferPointer<Float>
  private let length: Int
  private var buffer: FloatBuffer

  init(shards: Int, length: Int) {
    self.length = length
    stride = (length + 15) & ~15
    buffer = FloatBuffer(count: shards * stride)
    all = buffer.mutable
    losses = .allocate(capacity: shards)
    losses.initialize(repeating: LossSum(), count: shards)
  }

  deinit {
    losses.deallocate()
  }

  func gradients(_ shard: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: all[(shard * stride)..<(shard * stride + length)])
  }
}

// Safety: each task touches its own shard's gradients and loss, and the owner touches them only
// while no task runs.
extension ShardPlaces: @unchecked Sendable {}
