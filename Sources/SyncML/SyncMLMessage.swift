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

/// The elements of MetInf that DM uses; absent ones are nil.
package struct Meta: Sendable, Equatable {
    package var format: String?
    package var type: String?
    package var mark: String?
    package var size: String?
    package var nextNonce: String?
    package var maxMsgSize: String?
    package var maxObjSize: String?
    package var version: String?
    package var emi: [String] = []

    package init() {}
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

/// A command of SyncBody: Status and Results as well.
package struct SyncMLCommand: Sendable, Equatable {
    /// Element name: `Get`, `Status`, `Atomic` …
    package var name: String
    package var element: ElementName
    package var cmdID: String?
    package var msgRef: String?
    package var cmdRef: String?
    /// Content of Cmd: the name of the command a Status or Results answers.
    package var cmd: String?
    package var targetRefs: [String] = []
    package var sourceRefs: [String] = []
    /// Data of the command itself: an alert code, a status code.
    package var data: String?
    package var noResp = false
    package var correlator: String?
    package var meta = Meta()
    package var cred: Credential?
    package var chal: Credential?
    package var items: [Item] = []
    package var children: [SyncMLCommand] = []
    /// Value of the attribute originalerror on a Status' Data (Windows), for example `0x86000002`.
    package var originalError: String?
    package var offset = 0

    package init(name: String, element: ElementName) {
        self.name = name
        self.element = element
    }
}
