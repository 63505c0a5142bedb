package import Wire

/// What the headers of a WSP push show: whom it is for, and how a bootstrap is secured (DM Notification 6.3, DM Bootstrap,
/// ProvBoot). What stands in its body is in `NotificationRules`.
package enum PushRules {
    package static let application = Rule(
        "notification-application-id", .note, binds: .server, section: "DM Notification 6.3",
        "The push of a notification has X-Wap-Application-Id 7, the DM client.",
        why:
            "Phones hand a push to the application that it names: without it, or under another, the DM client gets nothing.",
        remedy: "Put the octets AF 87 behind the content type.")
    package static let bootstrapSecurity = Rule(
        "bootstrap-security-missing", .note, binds: .server, section: "DM Bootstrap, ProvBoot",
        "The content type of a bootstrap has SEC and MAC.",
        why: "The device cannot tell who sent it; many drop it, others ask the user.",
        remedy: "Send SEC (91) with the method and MAC (92) with its HMAC-SHA1 of the document.")
    package static let bootstrapMAC = Rule(
        "bootstrap-mac-malformed", .should, binds: .server, section: "DM Bootstrap, ProvBoot",
        "MAC is HMAC-SHA1 in 40 hexadecimal digits.",
        why: "Devices compare digits: anything else never matches, and the bootstrap is dropped.",
        remedy: "Write the 20 octets of the HMAC as hexadecimal digits, not in base64.")
    package static let bootstrapXML = Rule(
        "bootstrap-in-xml", .should, binds: .server, section: "DM Bootstrap",
        "A bootstrap by the DM profile is WBXML (application/vnd.syncml.dm+wbxml).",
        why: "Devices need not read XML there, and the MAC is over the WBXML document.",
        remedy: "Encode the message as WBXML and send it under content type C2.")

    package static let all: [Rule] = [application, bootstrapSecurity, bootstrapMAC, bootstrapXML]
}

extension WSPPush {
    /// What is odd about its headers; the offset is that of the body's first octet, which they stand before.
    package var findings: [MarkupFinding] {
        switch payload {
        case .notification: applicationFindings
        case .clientProvisioning, .dmMessage: bootstrapFindings
        case .dataSyncNotification, .other: []
        }
    }

    private var applicationFindings: [MarkupFinding] {
        if lacksApplicationID {
            return [WSPPush.finding(PushRules.application, "The push names no application (X-Wap-Application-Id)")]
        }
        guard let applicationID, applicationID != WSPPush.dmApplicationID else { return [] }
        return [
            WSPPush.finding(
                PushRules.application, "The push is for application \(applicationID), not for the DM client, which is 7"
            )
        ]
    }

    private var bootstrapFindings: [MarkupFinding] {
        var found: [MarkupFinding] = []
        if security == nil || mac == nil {
            let missing = security != nil ? "MAC" : mac != nil ? "SEC that is known" : "SEC and MAC"
            found.append(
                WSPPush.finding(PushRules.bootstrapSecurity, "The content type of the bootstrap has no \(missing)"))
        }
        if let mac, mac.utf8.count != 40 || !mac.utf8.allSatisfy(WSPPush.isHexDigit) {
            found.append(
                WSPPush.finding(
                    PushRules.bootstrapMAC,
                    "MAC has \(mac.utf8.count) characters"
                        + (mac.utf8.count == 40 ? ", not all of them hexadecimal digits" : " instead of 40")))
        }
        if contentType == "application/vnd.syncml.dm+xml" {
            found.append(WSPPush.finding(PushRules.bootstrapXML, "The bootstrap is \(contentType)"))
        }
        return found
    }

    private static func finding(_ rule: Rule, _ text: String) -> MarkupFinding {
        MarkupFinding(rule, text, offset: 0)
    }

    private static func isHexDigit(_ octet: UInt8) -> Bool {
        0x30...0x39 ~= octet || 0x41...0x46 ~= octet & 0xDF
    }
}
