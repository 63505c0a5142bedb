import Wire

/// Holds what is read against the DTD.
extension MessageWalker {
    /// Oddities listed for one message.
    private static let findingLimit = 100

    /// What may stand inside one element, and what has been seen there.
    struct Children {
        let start: Int
        let element: ElementName
        /// Of its model.
        let index: Int
        let isModel: Bool
        let allowed: UInt64
        let repeatable: UInt64
        let required: UInt64
        var seen: UInt64 = 0
        /// The last place in the DTD's order that was taken.
        var place: UInt8 = 0
        /// How the element is told from others of its name.
        var cmdID = TextPlace()
    }

    func children(of element: ElementName, start: Int) -> Children {
        let index = ContentModel.index(element)
        let model = models[index]
        return Children(
            start: start, element: element, index: index, isModel: model.isModel, allowed: model.allowed,
            repeatable: model.repeatable, required: model.required)
    }

    func description(_ children: Children) -> String {
        let name = displayName(children.start)
        return children.cmdID.isPresent ? "\(name) (CmdID \(clipped(children.cmdID)))" : name
    }

    /// Holds a child against the DTD and returns its name.
    mutating func note(_ child: Int, in children: inout Children) -> ElementName {
        let name = events[child].name
        let bit = ContentModel.bit(name)
        let place = places[ContentModel.place(children.index, name)]
        if bit & children.allowed & ~(children.seen & ~children.repeatable) != 0, place >= children.place {
            children.place = place
        } else if children.isModel {
            noteOdd(child, bit, place, in: &children)
        }
        children.seen |= bit
        return name
    }

    @inline(never)
    private mutating func noteOdd(_ child: Int, _ bit: UInt64, _ place: UInt8, in children: inout Children) {
        guard bit & children.allowed != 0 else {
            return reportUnexpected(child, children)
        }
        if bit & children.seen & ~children.repeatable != 0 {
            report(
                SyncMLRules.elementRepeated, "\(description(children)) has \(displayName(child)) again", offset(child))
        }
        if place < children.place { reportOrder(child, children) }
        children.place = max(children.place, place)
    }

    private mutating func reportUnexpected(_ child: Int, _ children: Children) {
        let isWindows = children.element == .results && events[child].name == .cmd
        if isWindows, cmdInResultsReported { return }
        cmdInResultsReported = cmdInResultsReported || isWindows
        if [.syncBody, .atomic, .sequence].contains(children.element) { draft.holdsOthers = true }
        report(
            SyncMLRules.elementUnexpected,
            "\(displayName(child)) has no place in \(description(children))"
                + (isWindows ? "; further ones are not told" : ""), offset(child))
    }

    private mutating func reportOrder(_ child: Int, _ children: Children) {
        guard !orderReported, children.element != .syncBody else { return }
        orderReported = true
        report(
            SyncMLRules.elementOrder,
            "In \(description(children)) \(displayName(child)) stands later than the DTD has it; "
                + "further ones are not told", offset(child))
    }

    /// The element has ended: what is mandatory was there.
    mutating func close(_ children: Children) {
        if children.required & ~children.seen != 0, closed { reportMissing(children) }
    }

    @inline(never)
    private mutating func reportMissing(_ children: Children) {
        let missing = children.required & ~children.seen
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
    func clipped(_ place: TextPlace) -> String { document.arena.span.bytes.text(place.range).clipped(to: 60) }

    static func quoted(_ value: String) -> String { "\"\(value.clipped(to: 60))\"" }
}
