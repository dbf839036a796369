import HostMetrics
import Testing

@Suite("Sampling a host")
struct HostSamplerTests {
  private func text(_ samples: [HostSample]) -> [String] {
    samples.map { sample in
      var bytes: [UInt8] = []
      LineProtocolEncoder().append(sample, to: &bytes)
      return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
  }

  @Test("a sample has Telegraf's measurements, tags and fields; processor shares come second")
  func wholeMachine() throws {
    let tree = try ProcTree(ProcTree.machine)
    var sampler = HostSampler(procRoot: tree.root, host: "web-1")
    let first = text(try sampler.sample(timestampNanoseconds: 5))
    #expect(
      first == [
        "kernel,host=web-1 context_switches=168388i,interrupts=129304i,processes_forked=4523i 5",
        "processes,host=web-1 running=3i,blocked=1i 5",
        "mem,host=web-1 total=1024000i,available=614400i,free=204800i,used=409600i,"
          + "used_percent=40.0,cached=327680i,buffered=10240i,dirty=5120i 5",
        "swap,host=web-1 total=409600i,free=307200i,used=102400i,used_percent=25.0 5",
        "system,host=web-1 load1=0.5,load5=1.25,load15=2.0 5",
        "diskio,host=web-1,name=vda reads=11i,writes=44i,read_bytes=11264i,write_bytes=28160i,"
          + "read_time=33i,write_time=66i,io_time=77i,iops_in_progress=0i 5",
        "diskio,host=web-1,name=nvme0n1 reads=5i,writes=2i,read_bytes=2048i,write_bytes=512i,"
          + "read_time=3i,write_time=9i,io_time=7i,iops_in_progress=8i 5",
        "net,host=web-1,interface=eth0 bytes_recv=32309481i,bytes_sent=33138i,packets_recv=660i,"
          + "packets_sent=397i,err_in=1i,err_out=3i,drop_in=2i,drop_out=4i 5",
        "pressure,host=web-1,resource=cpu,type=some avg10=0.31,avg60=0.57,avg300=0.29,"
          + "total=5232735i 5",
        "pressure,host=web-1,resource=io,type=some avg10=1.0,avg60=2.0,avg300=3.0,total=4i 5",
        "pressure,host=web-1,resource=io,type=full avg10=5.0,avg60=6.0,avg300=7.0,total=8i 5",
        "pressure,host=web-1,resource=memory,type=some avg10=0.0,avg60=0.0,avg300=0.0,total=0i 5",
      ])

    try tree.write("stat", "cpu  2100 100 1000 6300 500 0 30 70 0 0\n")
    let second = text(try sampler.sample(timestampNanoseconds: 6))
    #expect(
      second.first
        == "cpu,cpu=cpu-total,host=web-1 usage_user=25.0,usage_system=0.0,usage_idle=75.0,"
        + "usage_nice=0.0,usage_iowait=0.0,usage_irq=0.0,usage_softirq=0.0,usage_steal=0.0,"
        + "usage_guest=0.0,usage_guest_nice=0.0 6")
    #expect(sampler.takeNotices().isEmpty)
  }

  @Test("every measurement writes exactly the fields that can be selected of it")
  func fieldNames() throws {
    let tree = try ProcTree(ProcTree.machine)
    var sampler = HostSampler(procRoot: tree.root, host: "a")
    _ = try sampler.sample(timestampNanoseconds: 1)
    try tree.write(
      "stat", ProcTree.machine["stat"]!.replacing("cpu  2000", with: "cpu  2001"))
    let samples = try sampler.sample(timestampNanoseconds: 2)
    for measurement in HostMeasurement.allCases {
      let fields = samples.first { $0.measurement == measurement }?.fields.map(\.name)
      #expect(fields == measurement.fieldNames)
    }
  }

  @Test("a missing file leaves its measurements out and is named once")
  func missingFiles() throws {
    let tree = try ProcTree(ProcTree.machine)
    try tree.remove("diskstats")
    try tree.remove("pressure")
    var sampler = HostSampler(procRoot: tree.root, host: "a")
    let samples = try sampler.sample(timestampNanoseconds: 1)
    #expect(
      samples.map(\.measurement.rawValue) == [
        "kernel", "processes", "mem", "swap", "system", "net",
      ])
    let notices = sampler.takeNotices()
    #expect(notices.count == 4)
    #expect(
      notices.first
        == "\(tree.root)/diskstats cannot be read (No such file or directory): left out diskio")
    _ = try sampler.sample(timestampNanoseconds: 2)
    #expect(sampler.takeNotices().isEmpty)

    try tree.write("diskstats", ProcTree.machine["diskstats"]!)
    let later = try sampler.sample(timestampNanoseconds: 3)
    #expect(later.contains { $0.measurement == .diskio })
  }

  @Test("files of measurements that nobody selected are not missed")
  func unselectedFiles() throws {
    let tree = try ProcTree(["loadavg": "1 2 3 1/2 3\n"])
    var sampler = HostSampler(
      procRoot: tree.root, host: "a",
      options: .init(selection: try FieldSelection(parsing: ["system"])))
    #expect(
      text(try sampler.sample(timestampNanoseconds: 1)) == [
        "system,host=a load1=1.0,load5=2.0,load15=3.0 1"
      ])
    #expect(sampler.takeNotices().isEmpty)
  }

  @Test("a root without any statistics is an error that says so")
  func nothing() throws {
    let tree = try ProcTree([:])
    var sampler = HostSampler(procRoot: tree.root, host: "a")
    #expect(throws: HostMetricsError.nothingReadable(root: tree.root)) {
      try sampler.sample(timestampNanoseconds: 1)
    }
  }

  @Test("selected fields, devices and interfaces are kept and nothing else")
  func selection() throws {
    let tree = try ProcTree(ProcTree.machine)
    var sampler = HostSampler(
      procRoot: tree.root, host: "a",
      options: .init(
        selection: try FieldSelection(
          parsing: ["diskio.writes", "net.bytes_sent", "net.bytes_recv", "processes.*"]),
        devices: ["nvme0n1"], interfaces: ["lo"]))
    #expect(
      text(try sampler.sample(timestampNanoseconds: 1)) == [
        "processes,host=a running=3i,blocked=1i 1",
        "diskio,host=a,name=nvme0n1 writes=2i 1",
        "net,host=a,interface=lo bytes_recv=3193i,bytes_sent=3193i 1",
      ])
  }

  @Test("processor shares bridge a sample in which /proc/stat held none")
  func brokenStat() throws {
    let tree = try ProcTree(["stat": "cpu 0 0 0 100\n"])
    var sampler = HostSampler(procRoot: tree.root, host: "a")
    _ = try sampler.sample(timestampNanoseconds: 1)
    try tree.write("stat", "cpu ? ? ? ?\n")
    #expect(try sampler.sample(timestampNanoseconds: 2).isEmpty)
    try tree.write("stat", "cpu 50 0 0 150\n")
    let shares = try sampler.sample(timestampNanoseconds: 3).first
    #expect(shares?.fields.first == .init("usage_user", .float(50)))
  }

  @Test("this machine's own /proc can be sampled")
  func ownMachine() throws {
    var sampler = HostSampler(host: "a")
    let samples = try sampler.sample(timestampNanoseconds: 1)
    #expect(samples.contains { $0.measurement == .mem && $0.fields.count >= 7 })
    #expect(samples.contains { $0.measurement == .system })
  }
}

@Suite("Selecting fields")
struct FieldSelectionTests {
  @Test(
    "an entry selects a measurement or one of its fields",
    arguments: [
      (["cpu"], HostMeasurement.cpu, "usage_idle", true),
      (["cpu.*"], .cpu, "usage_idle", true),
      (["cpu.usage_user"], .cpu, "usage_idle", false),
      (["cpu.usage_user", "cpu.usage_idle"], .cpu, "usage_idle", true),
      // The wider entry wins in either order.
      (["cpu.usage_user", "cpu"], .cpu, "usage_idle", true),
      (["cpu", "cpu.usage_user"], .cpu, "usage_idle", true),
      (["cpu"], .mem, "used", false),
      ([], .mem, "used", true),
    ])
  func entries(
    entries: [String], measurement: HostMeasurement, field: String, expected: Bool
  ) throws {
    let selection = try FieldSelection(parsing: entries)
    #expect(selection.contains(measurement, field: field) == expected)
  }

  @Test(
    "an entry that can match nothing is an error that lists what could",
    arguments: [
      ("cpus", "cpu, diskio"), ("cpu.user", "usage_user"), ("cpu.", "usage_user"), ("", "cpu"),
      ("cpu.a.b", "usage_user"), ("*", "cpu"), ("CPU", "cpu"),
    ])
  func mistakes(entry: String, hint: String) {
    let error = #expect(throws: HostMetricsError.invalidSelection(entry)) {
      try FieldSelection(parsing: ["mem", entry])
    }
    #expect(error?.description.contains(hint) == true)
  }
}
