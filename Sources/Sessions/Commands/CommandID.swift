import SyncML
import Wire

/// A CmdID, or a CmdRef that names one, as it is kept and compared: as the number that it nearly always is, else as its
/// first characters, for nobody needs them all.
struct CommandID: Hashable, CustomStringConvertible {
    private let number: Int32
    private let text: String

    static let one = CommandID(number: 1)

    private init(number: Int32) {
        self.number = number
        text = ""
    }

    init(_ place: TextPlace, of content: MessageContent) {
        number = content.number(place)
        text = number < 0 ? (content.string(place) ?? "").clipped(to: 64) : ""
    }

    /// About how many octets it takes beside itself.
    var heapOctets: Int { text.heapOctets }

    var description: String { number < 0 ? text : String(number) }
}
