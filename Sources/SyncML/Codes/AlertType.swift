/// Types of client events (1224) and generic alerts (1226): the Meta Type of their Item.
package enum AlertType {
    /// What an alert of this type says; nil when the type is not known.
    package static func meaning(of type: String) -> String? { table[key(type)] }

    /// The name of a result code that an alert of this type carries in its Data; nil when the type has none.
    package static func result(of type: String, _ data: String) -> String? {
        let key = key(type)
        guard let code = Int(data) else { return nil }
        if key.hasPrefix(fumo) { return FirmwareUpdateResult.name(of: code) }
        if key.hasPrefix("com.microsoft"), key.contains("install") { return code == 0 ? "Success" : "Failure" }
        return nil
    }

    private static let fumo = "org.openmobilealliance.dm.firmwareupdate."

    /// Types are compared in lower case, without the prefix that some senders write before them, and with Microsoft's two
    /// spellings (`com.microsoft:mdm`, `com.microsoft/MDM`) as one.
    private static func key(_ type: String) -> String {
        guard type.utf8.count <= 200 else { return "" }
        var key = type.lowercased()
        for prefix in ["reversed-domain-name:", "urn:oma:at:", " "] where key.hasPrefix(prefix) {
            key.removeFirst(prefix.count)
        }
        if key.hasPrefix(" ") { key.removeFirst() }
        guard key.hasPrefix("com.microsoft") else { return key }
        return String(key.map { $0 == "/" || $0 == ":" ? "." : $0 })
    }

    private static let table: [String: String] = [
        fumo + "download": "FUMO: download finished",
        fumo + "update": "FUMO: update finished",
        fumo + "downloadandupdate": "FUMO: download and update finished",
        fumo + "devicerequest": "FUMO: the device asks for an update",
        fumo + "userrequest": "FUMO: the user asks for an update",
        "scomo:1.0:operationcomplete": "SCOMO: software operation finished",
        "lawmo:1.0:operationcomplete": "LAWMO: lock or wipe finished",
        "dcmo:1.0:operationcomplete": "DCMO: device capability operation finished",
        "org.wi-fi.hotspot2dot0.subscriptioncreation": "Hotspot 2.0: sign-up",
        "org.wi-fi.hotspot2dot0.subscriptionprovisioning": "Hotspot 2.0: provisioning",
        "org.wi-fi.hotspot2dot0.subscriptionremediation": "Hotspot 2.0: remediation",
        "org.wi-fi.hotspot2dot0.policyupdate": "Hotspot 2.0: policy update",
        "com.microsoft.mdm.loginstatus": "Windows: which user is logged in (user, others, none)",
        "com.microsoft.mdm.synctype": "Windows: scope of the session (user, device, mixed)",
        "com.microsoft.mdm.deviceprepsync": "Windows: stage of device preparation",
        "com.microsoft.mdm.deviceprepresult": "Windows: result of device preparation",
        "com.microsoft.mdm.aadusertoken": "Windows: Entra user token (secret)",
        "com.microsoft.mdm.bootstrapsync": "Windows: first session after enrolment",
        "com.microsoft.mdm.odjsync": "Windows: first session during offline domain join",
        "com.microsoft.mdm.requestpending": "Windows: keep-alive while a command runs",
        "com.microsoft.mdm.declaredconfigurationdocuments": "Windows: declared configuration documents processed",
        "com.microsoft.mdm.unenrollment.userrequest": "Windows: the user asked to unenrol",
        "com.microsoft.mdm.win32csp_install": "Windows: MSI install result",
        "com.microsoft.mdm.enterprisehostedappinstall.result": "Windows: hosted app install result",
        "com.microsoft.mdm.enterpriseappuninstall.result": "Windows: app removal result",
        "com.microsoft.mdm.scepcertinstall.result": "Windows: SCEP certificate result",
    ]
}

/// Result codes of firmware update: the Data of a FUMO generic alert, not of a Status.
package enum FirmwareUpdateResult {
    package static func name(of code: Int) -> String? {
        switch code {
        case 200: "Successful"
        case 250...299: "Successful, vendor specified"
        case 400: "Management client error"
        case 401: "User cancelled"
        case 402: "Corrupted firmware update package"
        case 403: "Package does not match device"
        case 404: "Package signature validation failed"
        case 405: "Package not acceptable"
        case 406: "Alternate download authentication failure"
        case 407: "Alternate download request timeout"
        case 408: "Not implemented"
        case 409: "Undefined error"
        case 410: "Firmware update failed"
        case 411: "Malformed or bad URL"
        case 450...499: "Client error, vendor specified"
        case 500: "Alternate download server error"
        case 501: "Download failed: out of memory"
        case 502: "Update failed: out of memory"
        case 503: "Download failed: network"
        case 550...599: "Alternate download server error, vendor specified"
        default: nil
        }
    }
}
