/// The measurements a host sample can hold, by Telegraf's names.
package enum HostMeasurement: String, CaseIterable, Sendable {
  case cpu
  case diskio
  case kernel
  case mem
  case net
  case pressure
  case processes
  case swap
  case system

  /// Every field the measurement can have, in the order it is written.
  ///
  /// - Source: the input plugins cpu, diskio, kernel, mem, net, processes, swap and system of
  ///   Telegraf 1.33; `pressure` is the kernel plugin's `psi` collection.
  package var fieldNames: [String] {
    switch self {
    case .cpu:
      [
        "usage_user", "usage_system", "usage_idle", "usage_nice", "usage_iowait", "usage_irq",
        "usage_softirq", "usage_steal", "usage_guest", "usage_guest_nice",
      ]
    case .diskio:
      [
        "reads", "writes", "read_bytes", "write_bytes", "read_time", "write_time", "io_time",
        "iops_in_progress",
      ]
    case .kernel: ["context_switches", "interrupts", "processes_forked"]
    case .mem:
      ["total", "available", "free", "used", "used_percent", "cached", "buffered", "dirty"]
    case .net:
      [
        "bytes_recv", "bytes_sent", "packets_recv", "packets_sent", "err_in", "err_out",
        "drop_in", "drop_out",
      ]
    case .pressure: ["avg10", "avg60", "avg300", "total"]
    case .processes: ["running", "blocked"]
    case .swap: ["total", "free", "used", "used_percent"]
    case .system: ["load1", "load5", "load15"]
    }
  }

  package static var allNames: String {
    allCases.map(\.rawValue).joined(separator: ", ")
  }
}
