import Inspection
package import Packets
package import TLSDecryption
package import Wire

/// What to read, and how.
package struct CaptureOptions: Sendable {
    /// Capture files, `-` for standard input; several are read as one timeline.
    package var paths: [String]
    /// Only connections and datagrams with one of these ports; all when empty.
    package var ports: Set<UInt16> = []
    package var limits = Limits()
    /// Opens TLS. Secrets that the captures themselves hold are added to it.
    package var keys = KeyMaterial()
    /// Asked when the file has no more for now: true to look again. Called at most every tenth of a second. Nil ends the
    /// reading where the file ends.
    package var follow: (@Sendable () -> Bool)?
    /// Called when octets of a file were read and before they are looked at: the keys of what they hold, if they were
    /// written first, can be had now.
    package var onMore: (@Sendable () -> Void)?

    package init(paths: [String]) { self.paths = paths }
}

/// What reading a capture came to.
package struct CaptureSummary: Sendable {
    package var counters: TrafficReader.Counters
    /// Connections that were looked into, and those that `CaptureOptions.ports` leaves out.
    package var connections: Int
    package var connectionsLeftOut: Int
    /// IP datagrams of which fragments are missing.
    package var incompleteDatagrams: UInt64
    /// Why files could not be read to their end; what was before is in the results.
    package var problems: [CaptureError]
}

/// Saved captures as a source of flow events: files, packets, TCP, and the removal of TLS.
package struct CaptureSource {
    private let options: CaptureOptions
    private var timeline: Timeline

    /// The secrets type of a TLS key log in a Decryption Secrets Block.
    private static let tlsKeyLog: UInt32 = 0x544C_534B

    /// Opens the files. Throws when one cannot be opened or is no capture.
    package init(_ options: CaptureOptions) throws(CaptureError) {
        if options.follow != nil, options.paths.count != 1 {
            throw CaptureError(path: options.paths.joined(separator: ", "), text: "only one file can be followed")
        }
        self.options = options
        let follow = options.follow
        let keys = options.keys
        let onSecrets = { (type: UInt32, octets: RawSpan) in
            if type == CaptureSource.tlsKeyLog { keys.add(keyLog: octets) }
        }
        timeline = try Timeline(
            paths: options.paths,
            waitForMore: follow.map { follow in
                {
                    pause()
                    return follow()
                }
            },
            onMore: options.onMore,
            onSecrets: onSecrets)
        guard follow == nil else { return }
        // Secrets may stand behind what they open, or in a later file.
        for path in options.paths { CaptureFile.readSecrets(path, onSecrets) }
        if timeline.mayBringSecrets { keys.expectMore() }
    }

    /// Called before reading waits for the writer of a pipe: what was read is all there is for now.
    package var onPause: (() -> Void)? {
        get { timeline.onPause }
        set { timeline.onPause = newValue }
    }

    /// Reads everything and tells it in order. Ends with the files.
    package mutating func run(into sink: any CaptureSink) -> CaptureSummary {
        var traffic = TrafficReader(limits: options.limits)
        var tracker = FlowTracker(ports: options.ports, keys: options.keys, limits: options.limits, sink)
        var time = Timestamp(nanoseconds: 0)
        while let file = timeline.next() {
            guard let frame = file.frame else { continue }
            time = frame.time
            let window = file.window
            traffic.read(
                window.span.bytes.extracting(file.data), originalLength: frame.originalLength, link: frame.link,
                at: time, into: &tracker)
            if tracker.holdsTooMuch { makeRoom(&traffic, &tracker, at: time) }
            if traffic.counters.packets & 0x3FFF == 0 {
                let progress = timeline.progress
                sink.progress(read: progress.read, of: progress.of)
            }
        }
        traffic.finish(at: time, into: &tracker)
        return CaptureSummary(
            counters: traffic.counters, connections: tracker.followed, connectionsLeftOut: tracker.leftOut,
            incompleteDatagrams: traffic.fragments.dropped + UInt64(traffic.fragments.incomplete),
            problems: timeline.problems)
    }

    /// Ends the connections that have been quiet for longest while all of them hold too much. The one at hand stays.
    private func makeRoom(_ traffic: inout TrafficReader, _ tracker: inout FlowTracker, at time: Timestamp) {
        tracker.measure()
        while tracker.lacksRoom, traffic.connections.open > 1 {
            traffic.giveUpQuietest(
                "the open connections hold more than \(options.limits.flowMemory >> 20) MiB", at: time, into: &tracker)
        }
    }
}
