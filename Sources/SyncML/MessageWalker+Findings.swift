import Wire

/// Holds elements against the DTD, and reports what is odd.
extension MessageWalker {
    /// What has been seen inside one element.
    struct Children {
        let start: Int
        let model: ContentModel?
        var seen: UInt64 = 0
        var place: UInt8 = 0
        /// How the element is told from others of its name.
        var cmdID: String?

        init(of element: ElementName, start: Int) {
            self.start = start
            model = ContentModel.of(element)
        }
    }

    func description(_ children: Children) -> String {
        let name = displayName(children.start)
        return children.cmdID.map { "\(name) (CmdID \(clipped($0)))" } ?? name
    }

    /// Holds a child against the DTD and returns its name.
    mutating func note(_ child: Int, in children: inout Children) -> ElementName {
        let name = document.events[child].name
        guard let model = children.model else { return name }
        let bit = ContentModel.bit(name)
        if bit & model.allowed == 0 {
            report(
                SyncMLRules.elementUnexpected, "\(displayName(child)) has no place in \(description(children))",
                offset(child))
        } else {
            if bit & children.seen & ~model.repeatable != 0 {
                report(
                    SyncMLRules.elementRepeated, "\(description(children)) has \(displayName(child)) again",
                    offset(child))
            }
            let place = model.place(name)
            if place < children.place, !orderReported, document.events[children.start].name != .syncBody {
                orderReported = true
                report(
                    SyncMLRules.elementOrder,
                    "In \(description(children)) \(displayName(child)) stands later than the DTD has it; "
                        + "more such are not listed", offset(child))
            }
            children.place = max(children.place, place)
        }
        children.seen |= bit
        return name
    }

    /// The element has ended: what is mandatory was there.
    mutating func close(_ children: Children) {
        guard let model = children.model, closed else { return }
        let missing = model.required & ~children.seen
        guard missing != 0 else { return }
        let names = ContentModel.names(missing).joined(separator: ", ")
        report(SyncMLRules.elementMissing, "\(description(children)) has no \(names)", offset(children.start))
    }

    mutating func report(_ rule: Rule, _ text: String, _ offset: Int) {
        // What seems missing or wrong where the document breaks off may have been there.
        guard document.complete || at < document.events.count else { return }
        guard message.findings.count < MessageWalker.findingLimit else {
            unlisted += 1
            return
        }
        message.findings.append(MarkupFinding(rule, text, offset: offset))
    }
}

/// A value from the wire as a finding quotes it.
func quoted(_ value: String) -> String { "\"\(clipped(value))\"" }

func clipped(_ value: String) -> String {
    value.utf8.count <= 60 ? value : String(value.prefix(60)) + "…"
}
