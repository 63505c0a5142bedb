package import Wire

/// Rules for what goes wrong in a leg's TLS while we terminate it.
package enum TLSEngineRules {
    package static let all: [Rule] = []
}
