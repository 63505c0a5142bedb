// swift-tools-version: 6.2
import PackageDescription

// The readers as the tool has them, under libFuzzer: their sources are linked to, so that what is `package` there can
// be called here. fuzz.sh builds it (a fuzzer links in the debug configuration only) and runs each target.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
]

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "dmscope-fuzz",
    targets: [
        target("Wire"),
        target("WBXML", ["Wire"]),
        target("HTTPWire", ["Wire"]),
        target("TLSWire", ["Wire"]),
        target("Packets", ["Wire"]),
        target("SyncML", ["Wire"]),
        target("Binding", ["Wire", "HTTPWire", "SyncML", "TLSWire"]),
        target("Sessions", ["Wire", "HTTPWire", "SyncML", "TLSWire", "Binding"]),
        target("Inspection", ["Wire", "WBXML", "HTTPWire", "SyncML", "TLSWire", "Binding", "Sessions"]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        target("XMLReading", ["Wire", "SyncML", "CLibXML2"]),
        target("Inflation", ["CZlib"]),
        target("ContentCoding", ["Wire", "Inspection", "Inflation", "COpenSSL"]),
        target("SystemErrors"),
        target("TLSDecryption", ["Wire", "TLSWire", "Inflation", "SystemErrors", "COpenSSL"]),
        target("Probe", ["Wire", "WBXML", "HTTPWire", "SyncML", "TLSWire", "Binding", "Inspection"]),
        target(
            "SessionLog",
            [
                "Wire", "HTTPWire", "SyncML", "TLSWire", "Binding", "Sessions", "Inspection", "Probe", "SystemErrors",
            ]),
        target(
            "Capture",
            ["Wire", "Packets", "HTTPWire", "TLSWire", "TLSDecryption", "Inspection", "Inflation", "SystemErrors"]),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Wire", "Packets", "WBXML", "HTTPWire", "TLSWire", "SyncML", "Binding", "Sessions", "Inspection",
                "XMLReading", "ContentCoding", "TLSDecryption", "SessionLog", "Capture",
            ], swiftSettings: settings),
    ]
)
