// swift-tools-version: 6.2
import PackageDescription

// One list for every target: the compiler is the first reviewer.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// A room of the house: a library target that may import `SagaCore` and what is listed, and no other room.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: (name == "SagaCore" ? [] : ["SagaCore"]) + dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: ["SagaCore", "TestSupport"] + dependencies, exclude: exclude, swiftSettings: strict)
}

let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "woodpecker-saga",
    products: [
        .executable(name: "saga-plugin", targets: ["saga-plugin"]),
        .executable(name: "saga-receiver", targets: ["saga-receiver"]),
        .executable(name: "saga", targets: ["saga"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        room("SagaCore"),
        room("SagaDefinitions", [yams]),
        room("SagaStore", [grdb, sqlite]),
        room("SagaEngine", [logging, lifecycle]),
        room("SagaActions", ["HTTPTransport", "WoodpeckerClient", "RegistryClient", subprocess, system]),
        .target(
            name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        room("HTTPTransport", ["CCurl"]),
        room("WoodpeckerClient", ["HTTPTransport"]),
        room("RegistryClient", ["HTTPTransport"]),
        room("SagaClient", ["HTTPTransport", "SagaEngine"]),
        room("Webhooks", [crypto]),
        room("Telemetry", [logging]),
        .executableTarget(
            name: "saga-receiver",
            dependencies: [
                "SagaCore", "SagaDefinitions", "SagaStore", "SagaEngine", "SagaActions", "HTTPTransport",
                "WoodpeckerClient", "RegistryClient", "Webhooks", "Telemetry", hummingbird, httpTypes, nioCore, logging,
                lifecycle,
                signals, crypto,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "saga-plugin",
            dependencies: [
                "SagaCore", "SagaDefinitions", "SagaStore", "SagaEngine", "SagaActions", "HTTPTransport",
                "WoodpeckerClient", "RegistryClient", "SagaClient", "Telemetry", logging, lifecycle, signals,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "saga",
            dependencies: [
                "SagaCore", "SagaDefinitions", "SagaStore", "SagaEngine", "SagaClient", "HTTPTransport",
                "WoodpeckerClient", "Telemetry", logging, arguments,
            ],
            swiftSettings: strict),
        // Measures the others for ci/bench; not for users.
        .executableTarget(
            name: "saga-bench",
            dependencies: [
                "SagaCore", "SagaDefinitions", "SagaStore", "SagaEngine", "SagaActions", "HTTPTransport", "Telemetry",
                "TestSupport", grdb, sqlite, logging, arguments, subprocess, system,
            ],
            swiftSettings: strict),
        .target(
            name: "TestSupport",
            dependencies: [
                "SagaCore", "HTTPTransport", "Webhooks", hummingbird, httpTypes, nioCore, lifecycle, subprocess, system,
                crypto,
            ],
            path: "Tests/TestSupport", swiftSettings: strict),
        .target(
            name: "FaultySQLite", path: "Tests/FaultySQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
        tests("SagaCoreTests", []),
        tests("SagaDefinitionsTests", ["SagaDefinitions"]),
        tests("SagaStoreTests", ["SagaStore", "FaultySQLite", grdb]),
        tests("SagaEngineTests", ["SagaEngine", "SagaStore", "SagaDefinitions", logging]),
        tests("SagaActionsTests", ["SagaActions", "HTTPTransport", "RegistryClient", "WoodpeckerClient"]),
        tests("RegistryClientTests", ["RegistryClient", "HTTPTransport"]),
        tests("HTTPTransportTests", ["HTTPTransport", hummingbird, httpTypes, nioCore, subprocess, system]),
        tests("WoodpeckerClientTests", ["WoodpeckerClient", "HTTPTransport", hummingbird, httpTypes, nioCore]),
        tests("WebhooksTests", ["Webhooks", crypto], exclude: ["Deliveries"]),
        tests(
            "ReceiverTests",
            [
                "saga-receiver", "SagaEngine", "SagaStore", "SagaDefinitions", "Webhooks", "Telemetry", "HTTPTransport",
                hummingbird, httpTypes, nioCore, logging,
            ]),
        tests("PluginTests", ["saga-plugin", "SagaClient", "HTTPTransport", "RegistryClient", logging]),
        tests(
            "StoryTests",
            [
                "saga-plugin", "saga-receiver", "saga", "HTTPTransport", "Webhooks", crypto, subprocess, system, grdb,
                yams, arguments,
            ]),
        tests("ChaosTests", ["saga-plugin", "saga-receiver", "HTTPTransport", grdb, crypto, subprocess, system]),
    ]
)
