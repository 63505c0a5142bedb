import SyncML
import Testing

@Suite struct CodeTests {
    @Test func statusCodes() {
        #expect(StatusCode.name(of: 212) == "Authentication accepted")
        #expect(StatusCode.name(of: "404") == "Not found")
        #expect(
            StatusCode.meaning(of: 213)?.contains("chunk") == true
                || StatusCode.meaning(of: 213)?.contains("Chunk") == true)
        #expect(StatusCode.name(of: 299) == nil)
        for text in ["", "20", "2000", "-20", "+20", "abc", "099", "600", " 200"] {
            #expect(StatusCode.number(text) == nil)
        }
    }

    @Test func alertCodes() {
        #expect(AlertCode.name(of: AlertCode.clientInitiated) == "client-initiated session")
        #expect(AlertCode.name(of: "1226") == "generic alert")
        #expect(AlertCode.name(of: 1221) == nil)
        #expect(AlertCode.isDataSync(201) && !AlertCode.isDataSync(1201))
    }

    @Test(arguments: [
        ("org.openmobilealliance.dm.firmwareupdate.download", "FUMO: download finished"),
        ("Reversed-Domain-Name: org.openmobilealliance.dm.firmwareupdate.update", "FUMO: update finished"),
        ("urn:oma:at:lawmo:1.0:OperationComplete", "LAWMO: lock or wipe finished"),
        ("urn:oma:at:scomo:1.0:OperationComplete", "SCOMO: software operation finished"),
        ("com.microsoft/MDM/LoginStatus", "Windows: which user is logged in (user, others, none)"),
        ("com.microsoft:mdm.unenrollment.userrequest", "Windows: the user asked to unenrol"),
        ("Reversed-Domain-Name:com.microsoft.mdm.win32csp_install", "Windows: MSI install result"),
    ])
    func alertTypes(_ type: String, _ meaning: String) { #expect(AlertType.meaning(of: type) == meaning) }

    @Test func alertResults() {
        let download = "org.openmobilealliance.dm.firmwareupdate.download"
        #expect(AlertType.result(of: download, "410") == "Firmware update failed")
        #expect(AlertType.result(of: download, "260") == "Successful, vendor specified")
        #expect(AlertType.result(of: download, "x") == nil)
        #expect(AlertType.result(of: "Reversed-Domain-Name:com.microsoft.mdm.win32csp_install", "0") == "Success")
        #expect(AlertType.result(of: "text/plain", "0") == nil)
        #expect(AlertType.meaning(of: "text/plain") == nil)
    }
}
