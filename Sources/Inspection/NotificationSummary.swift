package import Sessions
package import SyncML
package import Wire

/// A WAP push to a device: a notification (package 0) or a bootstrap document. Captures alone hold them.
package struct NotificationSummary: Sendable {
    package var time: Timestamp
    /// `ip:port` of the device, and of who sent the push.
    package var client: String
    package var server: String
    package var push: WSPPush
    package var content: PushContent
    /// What the credentials say of a notification's digest or a bootstrap's MAC.
    package var proof = PushVerdict.unknown
    package var findings: [Finding]

    package init(time: Timestamp, client: String, server: String, push: WSPPush, content: PushContent) {
        self.time = time
        self.client = client
        self.server = server
        self.push = push
        self.content = content
        findings = content.findings.map { $0.about(.session) }
    }

    /// Of a bootstrap.
    mutating func prove(_ verdict: PushVerdict) {
        proof = verdict
        if let wrong = BootstrapRules.finding(verdict) { findings.append(wrong.about(.session)) }
    }
}

/// What a WSP push carries, as far as it is read here.
package struct PushContent: Sendable {
    /// Package 0.
    package private(set) var notification: PackageZero?
    /// A bootstrap document.
    package private(set) var document: MarkupDocument?
    /// Offsets count octets of the push's body.
    package private(set) var findings: [MarkupFinding] = []

    /// `datagram` is what `push` was read from. A notification of data synchronisation has a form of its own, which is
    /// not read.
    package init(_ push: WSPPush, of datagram: RawSpan, _ facilities: Facilities, limits: Limits) {
        let body = datagram.array(push.body)
        switch push.payload {
        case .notification:
            notification = PackageZero(body.span.bytes)
            findings = notification?.findings ?? [PackageZero.tooShort(body.span.bytes)]
        case .clientProvisioning, .dmMessage:
            let read = facilities.document(body, nil, limits: limits) ?? facilities.readXML(body, nil, limits)
            document = read
            findings = read.findings
        case .dataSyncNotification, .other: break
        }
        findings += push.findings
    }
}
