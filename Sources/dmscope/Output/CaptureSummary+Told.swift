import Capture
import Packets
import Sessions

extension CaptureSummary {
    /// Says on standard error why files were not read to their end, and what of their packets was not read.
    func tell() {
        for problem in problems { writeError("\(problem)") }
        tell(counters.unknownLink, "frame", unknownLink)
        tell(counters.malformed, "frame", "headers are cut short or contradict themselves")
        tell(incompleteDatagrams, "IP datagram", "fragments are not in the capture")
        if connections == 0 { tellWhyNothing() }
    }

    /// No connection was looked into, and what was said so far may not tell why.
    private func tellWhyNothing() {
        if connectionsLeftOut > 0 {
            writeError("none of \(counted(connectionsLeftOut, "connection")) has a port that --port names")
        } else if counters.segments == 0, counters.datagrams == 0, counters.other > 0 {
            writeError("no TCP in \(counted(Int(clamping: counters.packets), "packet")): they carry other protocols")
        }
    }

    /// Ends the command where files could not be read and held no packet before that.
    func refuseNothing() throws(Failure) {
        if !problems.isEmpty, counters.packets == 0 { throw Failure(.dataError, "nothing could be read") }
    }

    private func tell(_ count: UInt64, _ noun: String, _ reason: @autoclosure () -> String) {
        if count > 0 { writeError("\(counted(Int(clamping: count), noun)) not read: \(reason())") }
    }

    private var unknownLink: String {
        switch counters.firstUnknownLink {
        case .unknown?, nil: "they name an interface that the file does not describe"
        case let type?: "link type \(type.rawValue) is not known here"
        }
    }
}
