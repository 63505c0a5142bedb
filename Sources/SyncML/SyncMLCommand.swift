package import Wire

/// A command of SyncBody: Status and Results as well. Its parts lie in one shared box, so that it is passed around, kept
/// and compared at the price of a reference; setting a part makes a new box.
package struct SyncMLCommand: Sendable, Equatable {
    /// What a command holds, while it is being read.
    struct Parts: Sendable, Equatable {
        var name: String
        var element: ElementName
        var cmdID: String?
        var msgRef: String?
        var cmdRef: String?
        var cmd: String?
        var targetRefs: [String] = []
        var sourceRefs: [String] = []
        var data: String?
        var noResp: Bool = false
        var correlator: String?
        var meta: Meta = Meta()
        var cred: Credential?
        var chal: Credential?
        var items: [Item] = []
        var children: [SyncMLCommand] = []
        var originalError: String?
        var offset: Int = 0

        init(name: String, element: ElementName) {
            self.name = name
            self.element = element
        }
    }

    private final class Box: Sendable {
        let parts: Parts
        init(_ parts: Parts) { self.parts = parts }
    }

    private var box: Box

    package init(name: String, element: ElementName) { box = Box(Parts(name: name, element: element)) }

    init(_ parts: consuming Parts) { box = Box(parts) }

    package static func == (a: SyncMLCommand, b: SyncMLCommand) -> Bool {
        a.box === b.box || a.box.parts == b.box.parts
    }

    private var parts: Parts {
        get { box.parts }
        set { box = Box(newValue) }
    }

    /// Element name: `Get`, `Status`, `Atomic` …
    package var name: String {
        get { box.parts.name }
        set { parts.name = newValue }
    }
    package var element: ElementName {
        get { box.parts.element }
        set { parts.element = newValue }
    }
    package var cmdID: String? {
        get { box.parts.cmdID }
        set { parts.cmdID = newValue }
    }
    package var msgRef: String? {
        get { box.parts.msgRef }
        set { parts.msgRef = newValue }
    }
    package var cmdRef: String? {
        get { box.parts.cmdRef }
        set { parts.cmdRef = newValue }
    }
    /// Content of Cmd: the name of the command a Status or Results answers.
    package var cmd: String? {
        get { box.parts.cmd }
        set { parts.cmd = newValue }
    }
    package var targetRefs: [String] {
        get { box.parts.targetRefs }
        set { parts.targetRefs = newValue }
    }
    package var sourceRefs: [String] {
        get { box.parts.sourceRefs }
        set { parts.sourceRefs = newValue }
    }
    /// Data of the command itself: an alert code, a status code.
    package var data: String? {
        get { box.parts.data }
        set { parts.data = newValue }
    }
    package var noResp: Bool {
        get { box.parts.noResp }
        set { parts.noResp = newValue }
    }
    package var correlator: String? {
        get { box.parts.correlator }
        set { parts.correlator = newValue }
    }
    package var meta: Meta {
        get { box.parts.meta }
        set { parts.meta = newValue }
    }
    package var cred: Credential? {
        get { box.parts.cred }
        set { parts.cred = newValue }
    }
    package var chal: Credential? {
        get { box.parts.chal }
        set { parts.chal = newValue }
    }
    package var items: [Item] {
        get { box.parts.items }
        set { parts.items = newValue }
    }
    /// Commands inside Atomic and Sequence.
    package var children: [SyncMLCommand] {
        get { box.parts.children }
        set { parts.children = newValue }
    }
    /// Value of the attribute originalerror on a Status' Data (Windows), for example `0x86000002`.
    package var originalError: String? {
        get { box.parts.originalError }
        set { parts.originalError = newValue }
    }
    package var offset: Int {
        get { box.parts.offset }
        set { parts.offset = newValue }
    }
}
