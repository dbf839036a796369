// swift-tools-version: 6.2
import PackageDescription

// The arrows between the targets are the architecture: docs/architecture.md explains them, and
// scripts/check-imports verifies them. Only the distribution's C libraries come from outside.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

/// Element-wise kernels keep IEEE semantics (`isnan` must work), so no `-ffast-math`.
let kernelFlags = ["-O3", "-fno-math-errno", "-ffp-contract=fast", "-Wall", "-Wextra", "-Werror"]

func module(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
    swiftSettings: strict)
}

func systemLibrary(_ name: String, pkgConfig: String?, apt package: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let package = Package(
  name: "forecastd",
  products: [.executable(name: "forecastd", targets: ["forecastd"])],
  targets: [
    systemLibrary("COpenBLAS", pkgConfig: "openblas", apt: "libopenblas-dev"),
    systemLibrary("CLibrdkafka", pkgConfig: "rdkafka", apt: "librdkafka-dev"),
    systemLibrary("CSystemd", pkgConfig: "libsystemd", apt: "libsystemd-dev"),
    systemLibrary("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    systemLibrary("CMicroHTTPD", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
    // Its pkg-config file would link what stores calendars as well, and Berkeley DB with it.
    systemLibrary("CICal", pkgConfig: nil, apt: "libical-dev"),
    .target(
      name: "CSimdjson",
      cxxSettings: [.unsafeFlags(["-O3", "-std=c++17"])],
      linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++")]),
    .target(
      name: "CVectorKernels",
      cSettings: [.unsafeFlags(kernelFlags)],
      linkerSettings: [.linkedLibrary("m")]),

    module("Numerics", "COpenBLAS", "CVectorKernels"),
    module("NeuralNetwork", "Numerics", "Threads"),
    module("TimeSeries"),
    module("Calibration", "Numerics", "TimeSeries"),
    module("Detection", "TimeSeries"),
    module("Scores", "TimeSeries"),
    module("Forecasting", "Calibration", "NeuralNetwork", "Numerics", "TimeSeries"),
    module("CalendarFiles", "CICal", "TimeSeries"),
    module("MetricFormats", "CSimdjson", "TimeSeries"),
    module("KafkaClient", "CLibrdkafka"),
    module(
      "Pipeline", "Calibration", "Detection", "Forecasting", "MetricFormats", "Metrics",
      "NeuralNetwork", "Threads", "TimeSeries"),
    module(
      "Replay", "Detection", "Forecasting", "MetricFormats", "Metrics", "Pipeline", "Scores",
      "TimeSeries"),
    module(
      "Backtest", "CommandLineInterface", "Detection", "Forecasting", "MetricFormats", "Metrics",
      "Pipeline", "Replay", "Scores", "Threads", "TimeSeries"),
    module(
      "TableDetection", "Backtest", "CommandLineInterface", "Detection", "Forecasting", "Metrics",
      "Pipeline", "Replay", "Scores", "TimeSeries"),
    module("KafkaTransport", "KafkaClient", "Pipeline", "TimeSeries"),
    module("Threads"),
    module("Metrics"),
    module("StatusServer", "CMicroHTTPD", "Metrics", "Threads"),
    module("ServiceManager", "CSystemd", "Threads"),
    module("Notation"),
    module("YAMLCoding", "CYAML", "Notation"),
    module("CommandLineInterface", "Notation"),
    module("HostMetrics"),
    module("FixtureGenerator", "TimeSeries"),
    module(
      "Configuration", "Calibration", "CalendarFiles", "Detection", "Forecasting", "MetricFormats",
      "Notation", "Pipeline", "TimeSeries"),
    module(
      "Daemon", "Configuration", "Forecasting", "KafkaClient", "KafkaTransport", "MetricFormats",
      "Metrics", "Pipeline", "ServiceManager", "StatusServer", "Threads", "TimeSeries"),
    module("ControlTopic", "KafkaClient", "MetricFormats", "TimeSeries"),
    module("Subscriber", "CommandLineInterface", "KafkaClient", "MetricFormats", "TimeSeries"),
    module(
      "Demo", "CommandLineInterface", "Configuration", "Daemon", "HostMetrics", "KafkaClient",
      "MetricFormats", "Pipeline", "Scores", "ServiceManager", "Subscriber", "Threads",
      "TimeSeries", "YAMLCoding"),
    .executableTarget(
      name: "forecastd",
      dependencies: [
        "Backtest", "CommandLineInterface", "Configuration", "ControlTopic", "Daemon", "Demo",
        "FixtureGenerator", "Forecasting", "HostMetrics", "KafkaClient", "MetricFormats",
        "NeuralNetwork", "Notation",
        "Pipeline", "Replay", "ServiceManager", "Subscriber", "TableDetection", "TimeSeries",
        "YAMLCoding",
      ],
      swiftSettings: strict),

    .executableTarget(
      name: "engine-benchmark",
      dependencies: ["CAllocationCounter", "Forecasting", "NeuralNetwork", "Numerics", "Threads"],
      path: "Benchmarks/engine/Sources",
      swiftSettings: strict),

    .executableTarget(
      name: "worker-benchmark",
      dependencies: [
        "Calibration", "Detection", "Forecasting", "MetricFormats", "Metrics", "Pipeline",
        "PipelineTesting",
        "TimeSeries",
      ],
      path: "Benchmarks/worker/Sources",
      swiftSettings: strict),

    .target(
      name: "DetectorTrials",
      dependencies: [
        "Backtest", "Detection", "Forecasting", "Metrics", "Pipeline", "Replay", "TestSupport",
        "TimeSeries",
      ],
      path: "Benchmarks/detector/Trials",
      swiftSettings: strict),
    .executableTarget(
      name: "detector-benchmark",
      dependencies: ["Backtest", "CommandLineInterface", "DetectorTrials"],
      path: "Benchmarks/detector/Sources",
      swiftSettings: strict),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .target(
      name: "KafkaTestBroker", dependencies: ["KafkaClient", "TestSupport"],
      path: "Tests/KafkaTestBroker", swiftSettings: strict),
    .target(
      name: "PipelineTesting", dependencies: ["Pipeline", "TimeSeries"],
      path: "Tests/PipelineTesting", swiftSettings: strict),
    tests("Threads"),
    tests("Numerics"),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .executableTarget(
      name: "safetensors-fuzz",
      dependencies: ["CAllocationCounter", "NeuralNetwork", "Numerics"],
      path: "Tests/SafetensorsFuzz",
      swiftSettings: strict),
    tests("NeuralNetwork", "safetensors-fuzz", "Numerics"),
    tests("TimeSeries"),
    tests("CalendarFiles", "CICal", "TimeSeries"),
    tests("Calibration", "TimeSeries"),
    tests("Detection", "TimeSeries"),
    tests("Scores"),
    tests(
      "Forecasting", "Calibration", "engine-benchmark", "NeuralNetwork", "Numerics", "TimeSeries"),
    tests("MetricFormats", "TimeSeries"),
    tests("KafkaClient", "KafkaTestBroker"),
    tests(
      "Pipeline", "Calibration", "Detection", "Forecasting", "MetricFormats", "Metrics",
      "PipelineTesting", "TimeSeries"),
    tests("KafkaTransport", "KafkaClient", "KafkaTestBroker", "Pipeline", "TimeSeries"),
    tests("Metrics"),
    tests(
      "Replay", "Detection", "Forecasting", "MetricFormats", "Pipeline", "Scores", "TimeSeries"),
    tests(
      "Backtest", "Detection", "Forecasting", "MetricFormats", "Metrics", "Pipeline",
      "PipelineTesting", "Replay", "TimeSeries"),
    tests("TableDetection", "Scores"),
    tests("DetectorTrials"),
    tests("StatusServer", "Metrics"),
    tests("Daemon", "Pipeline"),
    tests("ServiceManager", "service-manager-probe"),
    .executableTarget(
      name: "service-manager-probe",
      dependencies: ["ServiceManager", "Threads"],
      path: "Tests/ServiceManagerProbe",
      swiftSettings: strict),
    tests("Notation"),
    tests("YAMLCoding", "Notation"),
    tests("CommandLineInterface"),
    tests("HostMetrics"),
    tests("FixtureGenerator", "TimeSeries"),
    tests(
      "Configuration", "Detection", "Pipeline", "Forecasting", "MetricFormats", "TimeSeries",
      "YAMLCoding"),
    tests("Subscriber", "CommandLineInterface", "KafkaClient", "KafkaTestBroker", "TimeSeries"),
    tests("Demo"),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["forecastd", "KafkaClient", "KafkaTestBroker", "TestSupport"],
      swiftSettings: strict),
  ],
  cxxLanguageStandard: .cxx17
)
