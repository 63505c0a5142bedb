package import Wire

/// A SyncML DM message as its sender meant it, whichever representation carried it (RepPro 1.2).
///
/// Elements are read by name, not by position: real messages break the DTD's order. Offsets are octets of the body.
package struct SyncMLMessage: Sendable, Equatable {
    package var header = SyncHeader()
    /// Commands in document order; those inside Atomic and Sequence stand in their container's `children`.
    package var commands: [SyncMLCommand] = []
    /// SyncBody ends with Final: this is the last message of its package.
    package var final = false
    /// Oddities of the model: missing or doubled elements, an element where the DTD has none.
    package var findings: [MarkupFinding] = []

    package init() {}
}

/// SyncHdr.
package struct SyncHeader: Sendable, Equatable {
    package var verDTD: String?
    package var verProto: String?
    package var sessionID: String?
    package var msgID: String?
    package var target = Location()
    package var source = Location()
    package var respURI: String?
    package var noResp = false
    package var cred: Credential?
    package var meta = Meta()
    package var offset = 0

    package init() {}
}

/// Target or Source: LocURI and LocName.
package struct Location: Sendable, Equatable {
    package var uri: String?
    package var name: String?

    package init(uri: String? = nil, name: String? = nil) {
        self.uri = uri
        self.name = name
    }
}

/// The elements of MetInf that DM uses; absent ones are nil. Most commands and items have none, which costs nothing.
package struct Meta: Sendable, Equatable {
    struct Parts: Sendable, Equatable {
        var format: String?
        var type: String?
        var mark: String?
        var size: String?
        var nextNonce: String?
        var maxMsgSize: String?
        var maxObjSize: String?
        var version: String?
        var emi: [String] = []
    }

    private final class Box: Sendable {
        let parts: Parts
        init(_ parts: Parts) { self.parts = parts }
    }

    private var box: Box?

    package init() {}

    package static func == (a: Meta, b: Meta) -> Bool { a.box === b.box || a.parts == b.parts }

    /// All of it at once; each property is read and set through this.
    var parts: Parts {
        get { box?.parts ?? Parts() }
        set { box = Box(newValue) }
    }

    package var format: String? {
        get { box?.parts.format }
        set { parts.format = newValue }
    }
    package var type: String? {
        get { box?.parts.type }
        set { parts.type = newValue }
    }
    package var mark: String? {
        get { box?.parts.mark }
        set { parts.mark = newValue }
    }
    package var size: String? {
        get { box?.parts.size }
        set { parts.size = newValue }
    }
    package var nextNonce: String? {
        get { box?.parts.nextNonce }
        set { parts.nextNonce = newValue }
    }
    package var maxMsgSize: String? {
        get { box?.parts.maxMsgSize }
        set { parts.maxMsgSize = newValue }
    }
    package var maxObjSize: String? {
        get { box?.parts.maxObjSize }
        set { parts.maxObjSize = newValue }
    }
    package var version: String? {
        get { box?.parts.version }
        set { parts.version = newValue }
    }
    package var emi: [String] {
        get { box?.parts.emi ?? [] }
        set { parts.emi = newValue }
    }
}

/// Cred of SyncHdr, or Chal of a Status (which has Meta alone).
package struct Credential: Sendable, Equatable {
    package var meta = Meta()
    package var data: ItemData?
    package var offset = 0

    package init() {}
}

/// Content of a Data element.
package enum ItemData: Sendable, Equatable {
    case text(String)
    /// WBXML OPAQUE that is not a document.
    case octets([UInt8])
    /// Child elements, or a document of its own (DevInf, TNDS): events of the enclosing document.
    case markup(root: String, events: Range<Int>)

    /// Octets the sender counts: UTF-8 of a text, the octets themselves.
    package var count: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .octets(let octets): octets.count
        case .markup: 0
        }
    }
    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}

package struct Item: Sendable, Equatable {
    package var target: Location?
    package var source: Location?
    package var meta = Meta()
    package var data: ItemData?
    package var moreData = false
    package var offset = 0

    package init() {}
}
