import Pipeline
import Testing
import TimeSeries

@Suite("the horizon of channels")
struct ChannelHorizonTests {
  private func entry(_ channel: String, _ through: Milliseconds?) -> ChannelRecord.Entry {
    ChannelRecord.Entry(channel: channel, through: through)
  }

  @Test("the slowest channel holds it, from the moment at which the channel is named")
  func slowest() {
    var horizon = ChannelHorizon()
    #expect(horizon.horizon == .max && horizon.isEmpty)
    horizon.note([entry("a/0", nil), entry("a/1", nil)], logTime: 1_000)
    #expect(horizon.horizon == .min)
    horizon.note([entry("a/0", 900)], logTime: 1_000)
    #expect(horizon.horizon == .min && horizon.holder == "a/1")
    horizon.note([entry("a/1", 700)], logTime: 1_000)
    #expect(horizon.horizon == 700 && horizon.holder == "a/1")
    // A name alone takes nothing back, nor does an older time.
    horizon.note([entry("a/1", nil), entry("a/0", 100)], logTime: 1_100)
    #expect(horizon.horizon == 700)
    // No router knows more than the log's own time.
    horizon.note([entry("a/0", 9_000), entry("a/1", 9_000)], logTime: 1_200)
    #expect(horizon.horizon == 1_200)
  }

  @Test("a channel of which nobody speaks is left out, and counts again when somebody does")
  func stalled() {
    var horizon = ChannelHorizon()
    horizon.note([entry("a/0", 100), entry("a/1", 100)], logTime: 100)
    for time in stride(from: 1_000, through: 60_000, by: 1_000) as StrideThrough<Milliseconds> {
      horizon.note([entry("a/0", time)], logTime: time)
      #expect(horizon.leaveOutStalled(at: time, after: 60_000).isEmpty)
      #expect(horizon.horizon == 100)
    }
    #expect(horizon.leaveOutStalled(at: 60_101, after: 60_000) == ["a/1"])
    #expect(horizon.horizon == 60_000 && !horizon.isEmpty)
    #expect(ChannelHorizon(text: horizon.text)?.text == horizon.text)
    horizon.note([entry("a/1", 200)], logTime: 60_200)
    #expect(horizon.horizon == 200)
  }

  @Test("records without a time, of another version or damaged, change nothing and stop nobody")
  func damaged() {
    var horizon = ChannelHorizon()
    horizon.note([entry("a/0", 100)], logTime: .min)
    #expect(horizon.isEmpty)
    #expect(horizon.leaveOutStalled(at: 1, after: 60_000).isEmpty)
    func entries(_ key: String) -> [ChannelRecord.Entry]? {
      Array(key.utf8).withUnsafeBytes { ChannelRecord.entries(key: $0) }
    }
    #expect(entries("\0c2 a/0=1") == nil)
    #expect(entries("cpu,host=a") == nil)
    #expect(entries("\0c1 nonsense a/0=x a/1=5") == [entry("a/0", nil), entry("a/1", 5)])
    let key = ChannelRecord.key([entry("t/0", nil), entry("t/1", 7)])
    key.withUnsafeBytes {
      #expect(ChannelRecord.entries(key: $0) == [entry("t/0", nil), entry("t/1", 7)])
    }
  }
}
