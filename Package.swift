// swift-tools-version: 6.2
import PackageDescription

// DMSCOPE_SCOPE=core builds the core targets and their tests alone (no NIO, no Foundation, no C library):
// the dependency check of .ci/run, and the quickest way to work on a reader. `adapters` adds the targets over C
// libraries, still without NIO. Unset builds everything.
let scope = Context.environment["DMSCOPE_SCOPE"] ?? "all"

// DMSCOPE_STRICT=1 makes every warning an error, as .ci/run does; left off so that a newer compiler's warnings do not
// stop a build.
let strict: [SwiftSetting] =
    Context.environment["DMSCOPE_STRICT"] == "1" ? [.treatAllWarnings(as: .error)] : []

let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableExperimentalFeature("Lifetimes"),
    ] + strict

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}
func tests(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
        resources: resources, swiftSettings: settings)
}

let core: [Target] = [
    target("Wire"),
    target("WBXML", ["Wire"]),
    target("HTTPWire", ["Wire"]),
    target("TLSWire", ["Wire"]),
    target("Packets", ["Wire"]),
    target("SyncML", ["Wire"]),
    target("Binding", ["Wire", "HTTPWire", "SyncML", "TLSWire"]),
    target("Sessions", ["Wire", "HTTPWire", "SyncML", "TLSWire", "Binding"]),
    target("Inspection", ["Wire", "WBXML", "HTTPWire", "SyncML", "TLSWire", "Binding", "Sessions"]),
    target("Probe", ["Wire", "WBXML", "HTTPWire", "SyncML", "TLSWire", "Binding", "Inspection"]),
    .target(
        name: "TestSupport", dependencies: ["Wire", "WBXML", "SyncML"], path: "Tests/TestSupport",
        swiftSettings: settings),
    .target(
        name: "InspectionSupport",
        dependencies: ["Wire", "HTTPWire", "SyncML", "Binding", "Sessions", "Inspection", "TestSupport"],
        path: "Tests/InspectionSupport", swiftSettings: settings),
    tests("Wire"),
    tests("WBXML", ["Wire"]),
    tests("HTTPWire", ["Wire"]),
    tests("TLSWire", ["Wire"]),
    tests("Packets", ["Wire"]),
    tests("SyncML", ["Wire", "WBXML"]),
    tests("Binding", ["Wire", "HTTPWire", "SyncML", "TLSWire", "WBXML"]),
    tests("Sessions", ["Wire", "HTTPWire", "SyncML", "TLSWire", "Binding", "WBXML"]),
    tests(
        "Inspection", ["Wire", "WBXML", "HTTPWire", "SyncML", "TLSWire", "Binding", "Sessions", "InspectionSupport"]),
    tests("Probe", ["Wire", "WBXML", "HTTPWire", "SyncML", "TLSWire", "Binding", "Inspection", "InspectionSupport"]),
]

let adapters: [Target] = [
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "COpenSSLShims", dependencies: ["COpenSSL"]),
    target("SystemErrors"),
    target("SystemClock", ["Wire"]),
    target("XMLReading", ["Wire", "SyncML", "CLibXML2"]),
    target("Inflation", ["CZlib"]),
    target("ContentCoding", ["Wire", "Inspection", "Inflation", "COpenSSL"]),
    target("TLSDecryption", ["Wire", "TLSWire", "Inflation", "SystemErrors", "COpenSSL"]),
    target("TLSEngine", ["Wire", "TLSWire", "SystemErrors", "COpenSSL", "COpenSSLShims"]),
    target(
        "SessionLog",
        ["Wire", "HTTPWire", "SyncML", "TLSWire", "Binding", "Sessions", "Inspection", "Probe", "SystemErrors"]),
    target(
        "Capture",
        ["Wire", "Packets", "HTTPWire", "TLSWire", "TLSDecryption", "Inspection", "Inflation", "SystemErrors"]),
    tests("SystemErrors"),
    tests("SystemClock", ["Wire"]),
    tests("XMLReading", ["Wire", "WBXML", "HTTPWire", "SyncML"]),
    tests("ContentCoding", ["Wire", "Inspection"]),
    tests("TLSDecryption", ["Wire", "TLSWire"], resources: [.copy("Sessions")]),
    tests("TLSEngine", ["Wire", "TLSWire", "SystemErrors", "COpenSSL"]),
    tests(
        "SessionLog",
        [
            "Wire", "HTTPWire", "SyncML", "TLSWire", "Binding", "Sessions", "Inspection", "InspectionSupport", "Probe",
            "SystemErrors",
        ]),
    tests("Capture", ["Wire", "Packets", "HTTPWire", "TLSWire", "TLSDecryption", "Inspection"]),
]

let shells: [Target] = [
    target(
        "Proxy",
        [
            "Wire", "WBXML", "HTTPWire", "TLSWire", "SyncML", "TLSEngine", "Binding", "Sessions", "Inspection",
            "SystemErrors", "SystemClock",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "Logging", package: "swift-log"),
        ]),
    .systemLibrary(name: "CAllocator"),
    .executableTarget(
        name: "dmscope",
        dependencies: [
            "Wire", "Packets", "WBXML", "HTTPWire", "SyncML", "TLSWire", "Binding", "Sessions", "Inspection",
            "XMLReading", "ContentCoding", "TLSDecryption", "TLSEngine", "SessionLog", "Proxy", "Capture",
            "CAllocator", "Probe", "SystemErrors", "SystemClock",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: settings),
    tests(
        "Proxy",
        [
            "Wire", "HTTPWire", "SyncML", "TLSWire", "TLSEngine", "Binding", "Sessions", "Inspection", "WBXML",
            "XMLReading", "COpenSSL",
            "ContentCoding", "SystemClock", .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"), .product(name: "Logging", package: "swift-log"),
        ]),
    .testTarget(
        name: "EndToEndTests",
        dependencies: [
            "dmscope", "TestSupport", "Wire", "WBXML", "HTTPWire", "SyncML", "TLSWire", "Packets", "Binding",
            "Sessions",
            "Inspection", "XMLReading", "TLSEngine", "SessionLog", "Proxy",
        ],
        swiftSettings: settings),
]

let package = Package(
    name: "dmscope",
    products: scope == "all" ? [.executable(name: "dmscope", targets: ["dmscope"])] : [],
    dependencies: scope == "all"
        ? [
            .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
            .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
            .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        ] : [],
    targets: core + (scope == "core" ? [] : adapters) + (scope == "all" ? shells : [])
)
