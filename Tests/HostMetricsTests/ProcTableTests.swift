import HostMetrics
import Testing

@Suite("The other files of /proc")
struct ProcTableTests {
  @Test(
    "only whole devices are disks",
    arguments: [
      (["sda", "sda1", "sda2"], ["sda"]),
      (["nvme0n1", "nvme0n1p1", "nvme0n1p15"], ["nvme0n1"]),
      (["mmcblk0", "mmcblk0p1", "mmcblk0boot0"], ["mmcblk0", "mmcblk0boot0"]),
      // Virtual machines can have a numbered disk without a parent.
      (["xvda1", "xvdb"], ["xvda1", "xvdb"]),
      (["loop0", "ram0", "zram0", "loop10", "sr0"], ["sr0"]),
      (["dm-0", "dm-1", "md0"], ["dm-0", "dm-1", "md0"]),
      // Only after a digit does a `p` set a partition's number off.
      (["vd", "vdp1"], ["vd", "vdp1"]),
      // A disk whose name merely begins like another's is not its partition.
      (["sda", "sdaa", "sdaa1"], ["sda", "sdaa"]),
    ])
  func wholeDevices(names: [String], expected: [String]) {
    let text = names.map { "8 0 \($0) 1 2 3 4 5 6 7 8 9 10 11\n" }.joined()
    #expect(DiskStatistics.devices(parsing: text).map(\.name) == expected)
  }

  /// As in line protocol: easy to read in a failure, and quick to type-check.
  private func text(_ fields: [HostSample.Field]?) -> String {
    let words = (fields ?? []).map { field in
      switch field.value {
      case .integer(let value): "\(field.name)=\(value)i"
      case .float(let value): "\(field.name)=\(value)"
      }
    }
    return words.joined(separator: " ")
  }

  @Test("a disk's columns are counters, its sectors bytes")
  func diskColumns() {
    let disks = DiskStatistics.devices(parsing: ProcTree.machine["diskstats"]!)
    #expect(disks.map(\.name) == ["vda", "nvme0n1"])
    let expected =
      "reads=11i writes=44i read_bytes=11264i write_bytes=28160i read_time=33i write_time=66i "
      + "io_time=77i iops_in_progress=0i"
    #expect(text(disks[0].fields) == expected)
  }

  @Test(
    "a disk line that does not hold eleven numbers is passed over",
    arguments: [
      "8 0 sda 1 2 3 4 5 6 7 8 9 10",
      "8 1 sda1 2 3 4 5",
      "8 0 sda 1 2 x 4 5 6 7 8 9 10 11",
      // More sectors than bytes can be counted.
      "8 0 sda 1 2 9223372036854775807 4 5 6 7 8 9 10 11",
      "garbage",
      "",
    ])
  func oddDiskLines(line: String) {
    #expect(DiskStatistics.devices(parsing: line).isEmpty)
  }

  @Test(
    "interface lines are read whatever the blanks around the colon",
    arguments: [
      ("eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "eth0"),
      ("  eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "eth0"),
      ("eth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "eth0:1"),
      ("br-5f2: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "br-5f2"),
      ("eth0: 1 2 3 4 5 6 7 8", nil),
      ("eth0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", nil),
      (" face |bytes packets errs drop", nil),
    ] as [(String, String?)])
  func interfaceLines(line: String, name: String?) {
    let interfaces = InterfaceStatistics.interfaces(parsing: line)
    #expect(interfaces.map(\.name) == [name].compactMap { $0 })
    for interface in interfaces {
      let expected =
        "bytes_recv=1i bytes_sent=9i packets_recv=2i packets_sent=10i err_in=3i err_out=11i "
        + "drop_in=4i drop_out=12i"
      #expect(text(interface.fields) == expected)
    }
  }

  @Test("memory is in bytes, used is what is not available, cached counts slabs in")
  func memory() {
    let memory = MemoryStatistics(parsing: ProcTree.machine["meminfo"]!)
    let expected =
      "total=1024000i available=614400i free=204800i used=409600i used_percent=40.0 "
      + "cached=327680i buffered=10240i dirty=5120i"
    #expect(text(memory.memoryFields) == expected)
    let swap = "total=409600i free=307200i used=102400i used_percent=25.0"
    #expect(text(memory.swapFields) == swap)
  }

  @Test("an old kernel's availability is estimated from what can be given back")
  func estimatedAvailability() {
    let text = "MemTotal: 100 kB\nMemFree: 20 kB\nBuffers: 5 kB\nCached: 15 kB\n"
    let fields = MemoryStatistics(parsing: text).memoryFields
    #expect(self.text(fields).contains("available=40960i"))
  }

  @Test(
    "memory that makes no sense is left out",
    arguments: [
      "", "MemTotal:\n", "MemTotal: 0 kB\nMemFree: 0 kB", "MemTotal: x kB\nMemFree: 1 kB",
      "MemTotal: -5 kB\nMemFree: 1 kB", "MemFree: 5 kB", "MemTotal 5 kB\nMemFree 1 kB",
      "MemTotal: 9223372036854775807 kB\nMemFree: 1 kB",
      "MemTotal: 9223372036854775807\nMemFree: 9223372036854775807\nCached: 9223372036854775807",
    ])
  func oddMemory(text: String) {
    #expect(MemoryStatistics(parsing: text).memoryFields.isEmpty)
    #expect(MemoryStatistics(parsing: text).swapFields.isEmpty)
  }

  @Test("a host without swap has no swap measurement")
  func noSwap() {
    #expect(MemoryStatistics(parsing: "SwapTotal: 0 kB\nSwapFree: 0 kB").swapFields.isEmpty)
  }

  @Test(
    "load averages are three numbers or nothing",
    arguments: [
      ("0.50 1.25 2.00 2/88 4523\n", [0.5, 1.25, 2]),
      ("0.50 1.25", []),
      ("a b c", []),
      ("nan 1 2", []),
      ("", []),
    ])
  func loadAverages(text: String, expected: [Double]) {
    let fields = LoadStatistics.averages(parsing: text)
    #expect(fields.map(\.value) == expected.map { .float($0) })
    #expect(fields.map(\.name) == (expected.isEmpty ? [] : ["load1", "load5", "load15"]))
  }

  @Test("pressure lines give averages and a counter, unknown lines and fields nothing")
  func pressure() {
    let lines = LoadStatistics.pressure(
      parsing: "some avg10=1.5 avg60=x avg5=2 total=7\nmost avg10=1\nfull\n")
    #expect(lines.map(\.type) == ["some"])
    #expect(text(lines.first?.fields) == "avg10=1.5 total=7i")
  }
}
