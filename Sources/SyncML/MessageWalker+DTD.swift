import Wire

/// Holds what is read against the DTD.
extension MessageWalker {
    /// Oddities listed for one message.
    private static let findingLimit = 100

    /// What has been seen inside one element.
    struct Children {
        let start: Int
        let element: ElementName
        var seen: UInt64 = 0
        var place: UInt8 = 0
        /// How the element is told from others of its name.
        var cmdID = TextPlace()

        init(of element: ElementName, start: Int) {
            self.start = start
            self.element = element
        }
    }

    func description(_ children: Children) -> String {
        let name = displayName(children.start)
        return children.cmdID.isPresent ? "\(name) (CmdID \(clipped(children.cmdID)))" : name
    }

    /// Holds a child against the DTD and returns its name.
    mutating func note(_ child: Int, in children: inout Children) -> ElementName {
        let name = events[child].name
        let bit = ContentModel.bit(name)
        switch models[ContentModel.index(children.element)].judge(name, bit, seen: children.seen) {
        case .noModel: return name
        case .fits(let place):
            if place < children.place { reportOrder(child, children) }
            children.place = max(children.place, place)
        case .repeated(let place):
            report(
                SyncMLRules.elementRepeated, "\(description(children)) has \(displayName(child)) again", offset(child))
            if place < children.place { reportOrder(child, children) }
            children.place = max(children.place, place)
        case .foreign:
            report(
                SyncMLRules.elementUnexpected, "\(displayName(child)) has no place in \(description(children))",
                offset(child))
        }
        children.seen |= bit
        return name
    }

    private mutating func reportOrder(_ child: Int, _ children: Children) {
        guard !orderReported, children.element != .syncBody else { return }
        orderReported = true
        report(
            SyncMLRules.elementOrder,
            "In \(description(children)) \(displayName(child)) stands later than the DTD has it; "
                + "more such are not listed", offset(child))
    }

    /// The element has ended: what is mandatory was there.
    mutating func close(_ children: Children) {
        let missing = models[ContentModel.index(children.element)].required & ~children.seen
        guard missing != 0, closed else { return }
        let names = ContentModel.names(missing).joined(separator: ", ")
        report(SyncMLRules.elementMissing, "\(description(children)) has no \(names)", offset(children.start))
    }

    mutating func report(_ rule: Rule, _ text: String, _ offset: Int) {
        // What seems missing or wrong where the document breaks off may have been there.
        guard document.complete || at < events.count else { return }
        guard draft.findings.count < MessageWalker.findingLimit else {
            unlisted += 1
            return
        }
        draft.findings.append(MarkupFinding(rule, text, offset: offset))
    }

    // MARK: Values from the wire, as a finding quotes them

    func quoted(_ place: TextPlace) -> String { MessageWalker.quoted(document.arena.span.bytes.text(place.range)) }
    func clipped(_ place: TextPlace) -> String { MessageWalker.clipped(document.arena.span.bytes.text(place.range)) }

    static func quoted(_ value: String) -> String { "\"\(clipped(value))\"" }

    private static func clipped(_ value: String) -> String {
        value.utf8.count <= 60 ? value : String(value.prefix(60)) + "…"
    }
}
