/// Bounds on what inspection keeps, each with a default. What goes past a bound is relayed, counted and named in a
/// finding, never stored.
package struct Limits: Sendable {
    /// Octets of one request or status line with its header block.
    package var head = 64 * 1024
    /// Header fields in one block.
    package var headerFields = 500
    /// Octets of an entity body that are kept for decoding; more is hashed and counted only.
    package var body = 8 * 1024 * 1024
    /// Octets of unfinished bodies kept in total, a soft bound: from half of it on each body may keep only `body`/32,
    /// beyond it `body`/1024.
    package var bodies = 32 * 1024 * 1024
    /// Octets that a content coding may inflate one body to.
    package var inflated = 32 * 1024 * 1024
    /// Nesting depth of elements in one document.
    package var depth = 64
    /// Nesting depth of documents inside documents.
    package var nestedDocuments = 4
    /// Elements, texts and attributes in one document.
    package var markupEvents = 500_000
    /// Octets of text that one document may expand to (STR_T amplification, entities).
    package var markupText = 32 * 1024 * 1024
    /// Requests waiting for their response on one connection.
    package var pipelined = 1000
    /// Findings kept for one exchange, connection or session; the rest are dropped.
    package var findings = 100
    /// Octets that TCP reassembly holds for one direction of one flow while a segment is missing.
    package var reassemblyPerFlow = 1 * 1024 * 1024
    /// Octets that TCP reassembly holds in total.
    package var reassemblyTotal = 16 * 1024 * 1024
    /// Octets of IP datagrams held in total while fragments are missing.
    package var fragments = 4 * 1024 * 1024
    /// Flows followed at once offline; the one quiet for longest is ended first.
    package var flows = 50_000
    /// Octets that all flows followed offline may hold; those quiet for longest are ended first.
    package var flowMemory = 256 * 1024 * 1024
    /// DM sessions followed at once; the one quiet for longest is ended first.
    package var sessions = 10_000
    /// Octets that all DM sessions followed may hold; those quiet for longest are ended first.
    package var sessionMemory = 64 * 1024 * 1024
    /// Octets of relayed data that wait for inspection, in total.
    package var inspectionQueue = 64 * 1024 * 1024

    package init() {}
}
