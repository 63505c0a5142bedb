import TLSWire

/// The host name in a ClientHello's server_name, without the dot that may end it; nil where it is none that could stand
/// in a certificate. `sni` is as `displayText` has it.
package func hostName(inSNI sni: String) -> String? {
    let name = sni.hasSuffix(".") ? String(sni.dropLast()) : sni
    let allowed = name.utf8.allSatisfy {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
            || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
    }
    return allowed && !isDisplayedAsHex(name) && !name.isEmpty && name.utf8.count <= 253 ? name : nil
}
