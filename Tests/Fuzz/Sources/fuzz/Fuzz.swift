import Glibc

/// What libFuzzer calls for each input. One program holds every target, so that the readers are built once; the
/// environment says which one runs. The file may not be named main.swift: libFuzzer brings its own `main`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

/// Each reads one kind of hostile input and traps when the reader breaks a promise. docs/reliability.md says which
/// promises; beside each target stands how its input is spelled.
enum FuzzTarget: String, CaseIterable {
    case http
    case tls
    case wbxml
    case xml
    case syncml
    case packets
    case capture
    case filter
    case records
    case inspect
    case replay

    static let chosen: FuzzTarget = {
        let name = getenv("DMSCOPE_FUZZ").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            broken("DMSCOPE_FUZZ names the target: " + allCases.map(\.rawValue).joined(separator: " "))
        }
        return target
    }()

    /// Whether every promise is held against this input: always, or where `DMSCOPE_FUZZ_EVERY` is n, with one of n
    /// inputs, told by their octets so that an input fares the same each time. The others go through our own readers
    /// once, without what is made of the result: many times as fast.
    static func holdsEveryPromise(_ input: [UInt8]) -> Bool {
        guard every > 1 else { return true }
        var hash: UInt32 = 2_166_136_261
        for octet in input { hash = (hash ^ UInt32(octet)) &* 16_777_619 }
        return (hash >> 8) % every == 0
    }

    private static let every = getenv("DMSCOPE_FUZZ_EVERY").flatMap { UInt32(String(cString: $0)) } ?? 1

    func run(_ input: [UInt8]) {
        switch self {
        case .http: HTTPTarget.run(input)
        case .tls: TLSTarget.run(input)
        case .wbxml: MarkupTargets.wbxml(input)
        case .xml: MarkupTargets.xml(input)
        case .syncml: MarkupTargets.syncML(input)
        case .packets: PacketTarget.run(input)
        case .capture: CaptureTarget.run(input)
        case .filter: FilterTarget.run(input)
        case .records: RecordTarget.run(input)
        case .inspect: InspectTarget.run(input)
        case .replay: ReplayTarget.run(input)
        }
    }
}

/// A promise that a reader makes: where it does not hold, the input is a finding of the fuzzer.
func promise(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { broken(what()) }
}

func broken(_ what: String) -> Never { fatalError(what) }
