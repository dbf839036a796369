// A daemon in miniature for the tests of ServiceManager: what concerns the environment, the signals and
// the exit status of a whole process can only be tested in a process of its own.

import Glibc
import ServiceManager
import Threads

func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(STDOUT_FILENO, bytes, bytes.count)
}

/// Starts threads that do nothing but could wrongly receive a signal.
func startBystanders() throws {
  for number in 0..<3 {
    _ = try JoinableThread(name: "bystander-\(number)") { while true { pause() } }
  }
}

func receiveSignals(exitsOnStop: Bool) throws {
  var ends: [Int32] = [-1, -1]
  guard pipe(&ends) == 0 else { exit(70) }
  let (reader, writer) = (ends[0], ends[1])
  try SignalReceiver.install { signal in
    say("\(signal)")
    if signal == .stop && exitsOnStop { close(writer) }
  }
  try startBystanders()
  // A write nobody reads must fail, not end the process.
  var broken: [Int32] = [-1, -1]
  guard pipe(&broken) == 0 else { exit(70) }
  close(broken[0])
  var byte: UInt8 = 0
  say(write(broken[1], &byte, 1) == -1 && errno == EPIPE ? "no SIGPIPE" : "unexpected")
  say("ready")
  while read(reader, &byte, 1) != 0 {}
  say("drained")
}

func notify() {
  let notifier = ServiceNotifier()
  say("watchdog \(notifier.watchdogInterval.map { "\($0)" } ?? "off")")
  let outcomes = [
    notifier.extendTimeout(by: .milliseconds(1_500)),
    notifier.ready(status: "two lines\nREADY=0"),
    notifier.reloading(now: 123_456_789),
    notifier.ready(),
    notifier.status("all 12 partitions, größer"),
    notifier.stopping(status: "draining"),
  ]
  for outcome in outcomes { say("\(outcome)") }
}

func watchdog() {
  let beats = [Heartbeat(name: "worker-0", now: 1_000), Heartbeat(name: "worker-1", now: 1_000)]
  let feeder = WatchdogFeeder(interval: .microseconds(1), heartbeats: beats)
  say("\(feeder.feed(now: 2_000))")
  beats[0].beat(now: 2_500)
  say("\(feeder.feed(now: 2_600))")
  beats[1].retire()
  say("\(feeder.feed(now: 2_700))")
}

switch CommandLine.arguments.dropFirst().first {
case "signals": try receiveSignals(exitsOnStop: true)
case "signals-hang": try receiveSignals(exitsOnStop: false)
case "notify": notify()
case "watchdog": watchdog()
default: exit(64)
}
