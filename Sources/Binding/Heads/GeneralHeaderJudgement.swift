import HTTPWire
import Wire

extension GeneralHeaderRules {
    /// Cache-Control of a message that carries DM.
    static func judgeCacheControl(
        _ message: Exchange.Message, _ subject: Subject, _ memo: HeaderMemo, _ findings: inout [Finding]
    ) {
        let head = message.head
        let control = memo.cacheControl(head)
        let at = head.offset(of: "cache-control")
        guard let control, !control.isEmpty else {
            findings.append(
                Finding(
                    cacheControlMissing, subject,
                    "Cache-Control is \(control == nil ? "missing" : "empty"); send Cache-Control: no-store"
                        + (subject == .request ? "" : ", private"), offset: at ?? head.start))
            return
        }
        if let why = contradiction(control) {
            findings.append(Finding(cacheControlContradiction, subject, "Cache-Control \(why)", offset: at))
        } else if subject == .response, control.has("no-store"), control.has("max-age") || control.has("s-maxage") {
            // In a request max-age says which copies the client takes (RFC 2616 14.9.3), not how long to keep one.
            findings.append(
                Finding(
                    cacheControlContradiction, subject,
                    "Cache-Control has max-age beside no-store: there is nothing to keep that could age", offset: at,
                    level: .note))
        }
        guard !control.has("no-store") else { return }
        let shown = control.text.excerpt
        if subject == .response, !control.isPrivate {
            let isGuarded = control.isAsked && !control.has("public")
            findings.append(
                Finding(
                    cacheControlNotPrivate, subject,
                    "Cache-Control is \(shown): "
                        + (isGuarded
                            ? "no-cache lets a cache keep the message, though not use it unasked; add no-store"
                            : "a shared cache may keep the message; send no-store, private"),
                    offset: at, level: isGuarded ? .note : nil))
        } else {
            findings.append(
                Finding(
                    cacheControlNoStore, subject,
                    "Cache-Control is \(shown); no-store would keep the message out of every cache", offset: at))
        }
    }

    private static func contradiction(_ control: CacheControl) -> String? {
        if !control.isWellFormed { return "is no list of directives; send Cache-Control: no-store, private" }
        if control.has("public"), control.has("no-store") { return "says both public and no-store; leave out public" }
        if control.has("public"), control.isPrivate { return "says both public and private; leave out public" }
        return nil
    }

    /// Signs that a DM message was answered from a cache.
    static func judgeCached(_ response: Exchange.Message, _ findings: inout [Finding]) {
        let head = response.head
        if let age = head.first("age") {
            let isFresh = age.utf8.allSatisfy { $0 == 0x30 }
            findings.append(
                Finding(
                    cachedResponse, .response,
                    isFresh
                        ? "Age: \(age.excerpt) says that a cache passed the response on; exclude DM from it"
                        : "Age: \(age.excerpt) says that the response comes from a cache; exclude DM from caching",
                    offset: head.offset(of: "age"), level: isFresh ? .note : nil))
        }
        if let warning = head.values("warning").lazy.flatMap(FieldList.members).first(where: isStale) {
            findings.append(
                Finding(
                    cachedResponse, .response,
                    "Warning: \(warning.excerpt) says that the response comes from a cache; exclude DM from caching",
                    offset: head.offset(of: "warning")))
        }
        if let cache = head.first("x-cache"), cache.hasPrefixIgnoringCase("hit") {
            findings.append(
                Finding(
                    cachedResponse, .response, "X-Cache: \(cache.excerpt) speaks of a stored response",
                    offset: head.offset(of: "x-cache"), level: .note))
        }
    }

    /// 110 stale, 111 revalidation failed, 112 disconnected, 113 heuristic expiration (RFC 2616 14.46).
    private static func isStale(_ warning: String) -> Bool {
        ["110", "111", "112", "113"].contains { warning.hasPrefix($0) }
    }
}

extension CacheControl {
    /// It says nothing: as good as none.
    fileprivate var isEmpty: Bool { directives.isEmpty && isWellFormed }

    /// no-cache without field names, which would hold for those fields alone.
    fileprivate var isAsked: Bool { directives.contains { $0.name == "no-cache" && $0.value == nil } }

    /// private without field names, which would hold for those fields alone.
    fileprivate var isPrivate: Bool { directives.contains { $0.name == "private" && $0.value == nil } }
}
