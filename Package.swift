// swift-tools-version: 6.2
import PackageDescription

// Targets in layer order: a target imports only from rows above it. `Tests/TidyTests` keeps it so.
// docs/architecture.md says what each owns.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// With the Swift runtime linked in, a program would export 46,000 symbols, which the dynamic linker and whoever looks an address up
// would search at each start. Nobody links a program; traces take names from its symbol table.
let exportNothing: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "--no-export-dynamic"], .when(platforms: [.linux]))]

// What we did not write ourselves, and why.
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")  // the field's own
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")  // SHA-1 for Git, SHA-256 for datums: BoringSSL's
let database = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")  // SQLite with a writer and many readers
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")  // streams both ways
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let httpServerCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")  // streams both ways; no clock that ticks
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")  // the currency of the two above and below
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")  // start, signals, stop in order
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")  // libyaml, with marks

let package = Package(
    name: "pach",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "pach", targets: ["pach"]),
        .executable(name: "recommend", targets: ["recommend"]),
        .library(name: "Recommenders", targets: ["Recommenders"]),
        // Loaded in front of the C library of an unmodified pach; nothing links it.
        .library(name: "pachfaults", type: .dynamic, targets: ["CFaults"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // 0 C
        .systemLibrary(name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
        // <sys/statfs.h>, which the C library's module leaves out.
        .systemLibrary(name: "CStatfs"),
        // What the C library declares for programs written in C alone, or its module leaves out.
        .systemLibrary(name: "CGNU"),
        .systemLibrary(name: "CFaultRecord"),
        .target(
            name: "CFaults", publicHeadersPath: ".",
            cSettings: [.headerSearchPath("../CFaultRecord"), .unsafeFlags(["-fvisibility=hidden"])],
            // Nothing of the Swift runtime is used, and so none is linked.
            linkerSettings: [.unsafeFlags(["-static-stdlib"])]),
        .target(name: "CSandbox"),
        .target(name: "CKernels"),
        .target(name: "CSHA1"),
        .target(name: "CAdler"),
        .target(name: "CGear"),
        .target(name: "Threads", swiftSettings: strict),
        // 1 words
        .target(name: "Model", swiftSettings: strict),
        .target(name: "Operations", dependencies: ["Threads", "Model"], swiftSettings: strict),
        // 2 pure
        .target(name: "Globbing", swiftSettings: strict),
        .target(name: "Specs", dependencies: ["Model", "Globbing", yams], swiftSettings: strict),
        .target(name: "Provenance", dependencies: ["Model"], swiftSettings: strict),
        // 3 data
        .target(name: "Files", dependencies: ["CGNU", "Model"], swiftSettings: strict),
        .target(name: "Storage", dependencies: ["Model", "Files", "CSHA1", "CGear", crypto], swiftSettings: strict),
        .target(
            name: "GitStore", dependencies: ["Model", "Files", "Storage", "CLibgit2", "CISAL", "CAdler", crypto], swiftSettings: strict),
        .target(name: "Metadata", dependencies: ["Model", database], swiftSettings: strict),
        .target(
            name: "Ledger", dependencies: ["Threads", "Model", "Provenance", "Files", "Storage", "GitStore", "Metadata", database],
            swiftSettings: strict),
        // 4 work
        .target(name: "Datums", dependencies: ["Model", "Globbing", "Storage", crypto], swiftSettings: strict),
        .target(name: "Workers", dependencies: ["Threads", "Model", "Files", "Storage", "Datums", "CSandbox"], swiftSettings: strict),
        .target(
            name: "Scheduling",
            dependencies: [
                "Threads", "Model", "Files", "Storage", "GitStore", "Metadata", "Ledger", "Datums", "Workers", crypto, database,
            ],
            swiftSettings: strict),
        // 5
        .target(
            name: "Engine",
            dependencies: [
                "Threads", "Model", "Operations", "Globbing", "Specs", "Provenance", "Files", "Storage", "GitStore", "Metadata", "Ledger",
                "Datums", "Workers", "Scheduling", database,
            ],
            swiftSettings: strict),
        // 6 edges
        .target(
            name: "API", dependencies: ["Model", "Operations", "Files", httpClient, nio, nioHTTP1, nioPosix], exclude: ["README.md"],
            swiftSettings: strict),
        .target(
            name: "Web",
            dependencies: [
                "Threads", "Model", "Operations", "Files", "API", httpServerCore, httpTypes, lifecycle, signals, logging, coreMetrics, nio,
                nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix,
            ],
            exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "Server",
            dependencies: [
                "Model", "Operations", "API", "Web", httpServerCore, httpTypes, lifecycle, logging, coreMetrics, nio,
            ],
            exclude: ["README.md"], resources: [.embedInCode("Routes/openapi.json")], swiftSettings: strict),
        // Drives a built pach from outside, as a user would.
        .target(name: "Selftest", dependencies: ["CFaultRecord", "Files"], swiftSettings: strict),
        .target(
            name: "Commands",
            dependencies: [
                "CStatfs", "Threads", "Model", "Operations", "Specs", "Files", "Selftest", argumentParser, crypto, yams,
            ],
            swiftSettings: strict),
        // 7
        .executableTarget(
            name: "pach",
            dependencies: [
                "CSandbox", "Threads", "Model", "Operations", "Files", "Ledger", "Workers", "Engine", "API", "Web", "Server", "Commands",
                lifecycle, logging,
            ],
            swiftSettings: strict, linkerSettings: exportNothing),
        // beside: the algorithms, which know nothing of pipelines or HTTP, and what serves them
        .target(name: "Recommenders", dependencies: ["CKernels"], swiftSettings: strict),
        .target(
            name: "RecommenderService",
            dependencies: [
                "API", "Model", "Operations", "Recommenders", "Web", httpServerCore, httpTypes, lifecycle, logging, coreMetrics, nio,
            ],
            exclude: ["README.md"], swiftSettings: strict),
        .executableTarget(
            name: "recommend",
            dependencies: [
                "API", "Files", "Model", "Operations", "RecommenderService", "Recommenders", "Web", argumentParser, lifecycle, logging,
            ],
            swiftSettings: strict, linkerSettings: exportNothing),
        .executableTarget(
            name: "latency", dependencies: ["API", "Model", "Operations", argumentParser, httpClient, nio, nioHTTP1],
            path: "Benchmarks/latency/Sources", swiftSettings: strict),
        .executableTarget(
            name: "lists", dependencies: ["Recommenders"], path: "Benchmarks/recommenders/Sources", swiftSettings: strict),
        // tests
        .target(name: "CTestWidth", path: "Tests/Width"),
        .target(name: "TestSupport", dependencies: ["Files", "Model", "Storage"], swiftSettings: strict),
        .target(
            name: "HTTPTestSupport", dependencies: [httpClient, lifecycle, logging, nio, nioHTTP1, nioPosix], swiftSettings: strict),
        .executableTarget(
            name: "SupervisorFixture", dependencies: ["CSandbox"], path: "Tests/Fixtures/SupervisorFixture", swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(name: "ThreadsTests", dependencies: ["Threads"], swiftSettings: strict),
        .testTarget(name: "GlobbingTests", dependencies: ["Globbing", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SpecsTests", dependencies: ["Specs", "Model", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "ProvenanceTests", dependencies: ["Provenance", "Model", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "StorageTests", dependencies: ["Files", "Model", "Storage", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "GitStoreTests", dependencies: ["Files", "GitStore", "Model", "Storage", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "LedgerTests",
            dependencies: [
                "Files", "Ledger", "GitStore", "Metadata", "Model", "Operations", "Provenance", "Storage", "TestSupport", "Threads",
                database,
            ],
            swiftSettings: strict),
        .testTarget(name: "DatumsTests", dependencies: ["Model", "Storage", "Datums", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "WorkersTests", dependencies: ["Workers", "SupervisorFixture", "Model", "Storage", "Datums", "TestSupport", "Threads"],
            swiftSettings: strict),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Engine", "GitStore", "Ledger", "Metadata", "Model", "Operations", "Scheduling", "Storage", "SupervisorFixture",
                "TestSupport",
                "Threads", "Workers", database,
            ],
            swiftSettings: strict),
        .testTarget(name: "SchedulingTests", dependencies: ["Scheduling", "Metadata", "Model"], swiftSettings: strict),
        .testTarget(name: "APITests", dependencies: ["API", "Model", "Operations", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "WebTests", dependencies: ["Model", "Web", httpTypes, lifecycle, logging, nio, nioEmbedded, nioHTTPTypes],
            swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "API", "HTTPTestSupport", "Model", "Operations", "Server", "TestSupport", "Web", httpClient, lifecycle, nio, nioHTTP1,
                nioPosix,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CommandsTests", dependencies: ["Commands", "Model", "Operations", "TestSupport", argumentParser], swiftSettings: strict),
        .target(
            name: "FuzzedParsers",
            dependencies: ["API", "GitStore", "Globbing", "Ledger", "Model", "Operations", "Recommenders", "Specs", "Storage"],
            path: "Tests/Fuzzing/Parsers", swiftSettings: strict),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzedParsers", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SelftestTests", dependencies: ["Selftest"], swiftSettings: strict),
        .testTarget(name: "EndToEndTests", dependencies: ["Files"], swiftSettings: strict),
        .testTarget(
            name: "RecommenderServiceTests",
            dependencies: [
                "HTTPTestSupport", "Model", "Operations", "RecommenderService", "Recommenders", "TestSupport", "Web", httpClient, lifecycle,
                nio, nioHTTP1, nioPosix,
            ],
            swiftSettings: strict),
        .testTarget(name: "RecommendersTests", dependencies: ["Recommenders", "CKernels", "TestSupport"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// Whatever tests are linked together, so many of them run at a time.
for target in package.targets where target.type == .test { target.dependencies.append("CTestWidth") }

// A build for the thread sanitizer takes several times as long: it names the tests that it is for, and leaves out what those do not need.
// `make sanitize` sets it.
if let named = Context.environment["PACH_SANITIZED_TESTS"]?.split(separator: ",").map(String.init) {
    package.targets.removeAll { $0.type == .test && !named.contains($0.name) }
    for target in package.targets where target.type == .test { target.dependencies.append("CSanitizing") }
    package.targets.append(
        .target(name: "CSanitizing", path: "Tests/Sanitizing", cSettings: [.define("_GNU_SOURCE")]))
}

// Fuzzing watches which code of ours runs, not that of packages, which need not be built otherwise for it. `scripts/fuzz`
// sets it.
if Context.environment["PACH_FUZZ"] != nil {
    let fuzzer: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer"])]
    for target in package.targets where target.type == .regular { target.swiftSettings = target.swiftSettings.map { $0 + fuzzer } }
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzedParsers"], path: "Tests/Fuzzing/Driver",
            swiftSettings: strict + fuzzer + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]))
}
