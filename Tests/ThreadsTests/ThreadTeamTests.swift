import Glibc
import Synchronization
import Testing
import Threads

@Suite struct ThreadTeamTests {
  @Test("every task runs once, whatever the numbers of threads and tasks", arguments: 1...5)
  func everyTaskOnce(threads: Int) throws {
    var team = try ThreadTeam(name: "test", threads: threads)
    for count in Array(0...9) + [100] {
      let runs = Runs(count)
      team.run(count) { index in runs.value.withLock { $0[index] += 1 } }
      #expect(runs.value.withLock { $0 } == [Int](repeating: 1, count: count))
    }
  }

  @Test("a run returns only when its tasks have ended, ten thousand times over")
  func noRunOverlapsTheNext() throws {
    var team = try ThreadTeam(name: "test", threads: 3)
    let underWay = Counter()
    let total = Counter()
    let task: @Sendable (Int) -> Void = { _ in
      underWay.value.add(1, ordering: .relaxed)
      total.value.add(1, ordering: .relaxed)
      underWay.value.subtract(1, ordering: .relaxed)
    }
    for run in 1...10_000 {
      team.run(4, task)
      #expect(underWay.value.load(ordering: .relaxed) == 0)
      #expect(total.value.load(ordering: .relaxed) == 4 * run)
    }
  }

  @Test("tasks run at the same time where there are threads")
  func together() throws {
    var team = try ThreadTeam(name: "test", threads: 2)
    let arrived = Counter()
    // Each of the two waits for the other: with one thread this would never end.
    team.run(2) { _ in
      arrived.value.add(1, ordering: .sequentiallyConsistent)
      while arrived.value.load(ordering: .sequentiallyConsistent) < 2 { sched_yield() }
    }
    #expect(arrived.value.load(ordering: .relaxed) == 2)
  }
}

private final class Counter: Sendable {
  let value = Atomic<Int>(0)
}

private final class Runs: Sendable {
  let value: Mutex<[Int]>
  init(_ count: Int) { value = Mutex([Int](repeating: 0, count: count)) }
}
