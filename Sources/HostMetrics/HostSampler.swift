/// Reads the kernel's statistics of this host as Telegraf's measurements.
///
/// The measurements of a file that cannot be read are left out; `takeNotices` reports it once a
/// file.
package struct HostSampler {
  package struct Options: Sendable {
    package var selection: FieldSelection
    /// Nil for every whole block device.
    package var devices: Set<String>?
    /// Nil for every interface but the loopback.
    package var interfaces: Set<String>?

    package init(
      selection: FieldSelection = .everything, devices: Set<String>? = nil,
      interfaces: Set<String>? = nil
    ) {
      self.selection = selection
      self.devices = devices
      self.interfaces = interfaces
    }
  }

  private let procRoot: String
  private let host: String
  private let options: Options
  private var earlierTimes: KernelStatistics.ProcessorTimes?
  private var unreadable: Set<String> = []
  private var notices: [String] = []

  package init(procRoot: String = "/proc", host: String, options: Options = Options()) {
    self.procRoot = procRoot
    self.host = host
    self.options = options
  }

  /// The files that could not be read since the last call; each file is reported once.
  package mutating func takeNotices() -> [String] {
    defer { notices = [] }
    return notices
  }

  /// The processor shares need two readings and are absent from the first sample.
  ///
  /// - Throws: `HostMetricsError.nothingReadable` when no file at all could be read.
  package mutating func sample(
    timestampNanoseconds: Int64
  ) throws(HostMetricsError) -> [HostSample] {
    var samples = SampleList(
      host: host, timestampNanoseconds: timestampNanoseconds, selection: options.selection)
    var filesRead = 0
    if let text = read("stat", for: .cpu, .kernel, .processes) {
      filesRead += 1
      addStatistics(KernelStatistics(parsing: text), to: &samples)
    }
    if let text = read("meminfo", for: .mem, .swap) {
      filesRead += 1
      let memory = MemoryStatistics(parsing: text)
      samples.add(.mem, memory.memoryFields)
      samples.add(.swap, memory.swapFields)
    }
    if let text = read("loadavg", for: .system) {
      filesRead += 1
      samples.add(.system, LoadStatistics.averages(parsing: text))
    }
    if let text = read("diskstats", for: .diskio) {
      filesRead += 1
      for disk in DiskStatistics.devices(parsing: text)
      where options.devices?.contains(disk.name) ?? true {
        samples.add(.diskio, disk.fields, tags: [.init("name", disk.name)])
      }
    }
    if let text = read("net/dev", for: .net) {
      filesRead += 1
      for interface in InterfaceStatistics.interfaces(parsing: text)
      where options.interfaces?.contains(interface.name) ?? (interface.name != "lo") {
        samples.add(.net, interface.fields, tags: [.init("interface", interface.name)])
      }
    }
    for resource in ["cpu", "io", "memory"] {
      guard let text = read("pressure/\(resource)", for: .pressure) else { continue }
      filesRead += 1
      for line in LoadStatistics.pressure(parsing: text) {
        samples.add(
          .pressure, line.fields, tags: [.init("resource", resource), .init("type", line.type)])
      }
    }
    guard filesRead > 0 else { throw .nothingReadable(root: procRoot) }
    return samples.samples
  }

  private mutating func addStatistics(_ now: KernelStatistics, to samples: inout SampleList) {
    if let times = now.processors {
      if let earlier = earlierTimes, let shares = times.percentages(since: earlier) {
        samples.add(.cpu, shares, tags: [.init("cpu", "cpu-total")])
      }
      earlierTimes = times
    }
    let counters = [
      ("context_switches", now.contextSwitches), ("interrupts", now.interrupts),
      ("processes_forked", now.processesForked),
    ]
    samples.add(.kernel, counters.compactMap(Self.field))
    samples.add(
      .processes, [("running", now.running), ("blocked", now.blocked)].compactMap(Self.field))
  }

  private static func field(_ name: String, _ value: Int64?) -> HostSample.Field? {
    value.map { .init(name, .integer($0)) }
  }

  /// Nil when none of the measurements is selected, or the file cannot be read.
  private mutating func read(_ name: String, for measurements: HostMeasurement...) -> String? {
    guard measurements.contains(where: options.selection.contains) else { return nil }
    let path = "\(procRoot)/\(name)"
    switch ProcFile.read(path) {
    case .text(let text):
      return text
    case .unreadable(let reason):
      if unreadable.insert(path).inserted {
        let left = measurements.filter(options.selection.contains).map(\.rawValue)
        notices.append(
          "\(path) cannot be read (\(reason)): left out \(left.joined(separator: ", "))")
      }
      return nil
    }
  }
}

/// Collects the selected fields of one instant.
private struct SampleList {
  let host: String
  let timestampNanoseconds: Int64
  let selection: FieldSelection
  private(set) var samples: [HostSample] = []

  init(host: String, timestampNanoseconds: Int64, selection: FieldSelection) {
    self.host = host
    self.timestampNanoseconds = timestampNanoseconds
    self.selection = selection
  }

  mutating func add(
    _ measurement: HostMeasurement, _ fields: [HostSample.Field], tags: [HostSample.Tag] = []
  ) {
    let kept = fields.filter { selection.contains(measurement, field: $0.name) }
    guard !kept.isEmpty else { return }
    samples.append(
      HostSample(
        measurement, tags: tags + [.init("host", host)], fields: kept,
        timestampNanoseconds: timestampNanoseconds))
  }
}
