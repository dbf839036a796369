import TestSupport

/// A directory that looks like /proc, removed with the last reference.
struct ProcTree {
  private let directory: TemporaryDirectory

  init(_ files: [String: String]) throws {
    directory = try TemporaryDirectory()
    for (name, text) in files { try write(name, text) }
  }

  var root: String { directory.path }

  func write(_ name: String, _ text: String) throws { try directory.write(name, text) }

  func remove(_ name: String) throws { try directory.remove(name) }

  /// A small virtual machine with one partitioned disk, one NVMe disk, and swap.
  static let machine = [
    "stat": """
    cpu  2000 100 1000 6000 500 0 30 70 0 0
    cpu0 1000 50 500 3000 250 0 15 35 0 0
    intr 129304 0 9 0 0 0
    ctxt 168388
    btime 1795485205
    processes 4523
    procs_running 3
    procs_blocked 1
    softirq 82814 0 12027 4 854
    """,
    "meminfo": """
    MemTotal:       1000 kB
    MemFree:         200 kB
    MemAvailable:    600 kB
    Buffers:          10 kB
    Cached:          300 kB
    SwapTotal:       400 kB
    SwapFree:        300 kB
    Dirty:             5 kB
    SReclaimable:     20 kB
    HugePages_Total:   0
    """,
    "loadavg": "0.50 1.25 2.00 2/88 4523\n",
    "diskstats": """
       7       0 loop0 9 9 9 9 9 9 9 9 9 9 9
     254       0 vda 11 1 22 33 44 2 55 66 0 77 99 13 0 35 1 9 3
     254       1 vda1 1 1 1 1 1 1 1 1 1 1 1
     259       0 nvme0n1 5 0 4 3 2 0 1 9 8 7 6
     259       1 nvme0n1p1 1 1 1 1 1 1 1 1 1 1 1
     253       0 zram0 1 1 1 1 1 1 1 1 1 1 1
    """,
    "net/dev": """
    Inter-|   Receive                            |  Transmit
     face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
        lo:    3193      29    0    0    0     0          0         0     3193      29    0 0 0 0 0 0
      eth0:32309481     660    1    2    0     0          0         0    33138     397    3 4 0 0 0 0
    """,
    "pressure/cpu": "some avg10=0.31 avg60=0.57 avg300=0.29 total=5232735\n",
    "pressure/io": """
    some avg10=1.00 avg60=2.00 avg300=3.00 total=4
    full avg10=5.00 avg60=6.00 avg300=7.00 total=8
    """,
    "pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
  ]
}
