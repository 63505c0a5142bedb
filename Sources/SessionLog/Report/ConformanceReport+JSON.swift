import Binding

extension ConformanceReport {
    /// One object, an item a line (docs/scr.md has the keys).
    package var json: [UInt8] {
        var lines: [[UInt8]] = [head.dropLast() + ",".utf8]
        for side in sides {
            let title = side == .client ? "client" : "server"
            var counts = JSONWriter()
            counts.object { json in
                json.field("met", count(.met, of: side))
                json.field("violated", count(.violated, of: side))
                json.field("notObserved", count(.notObserved, of: side))
                json.field("notObservable", count(.notObservable, of: side))
            }
            lines.append("\"\(title)\":{\"counts\":".utf8 + counts.bytes + ",\"items\":[".utf8)
            let items = verdicts(of: side)
            for (at, verdict) in items.enumerated() {
                lines.append(ConformanceReport.line(verdict) + (at + 1 < items.count ? "," : "").utf8)
            }
            lines.append(Array((side == sides.last ? "]}" : "]},").utf8))
        }
        lines.append([0x7D, 0x0A])
        return Array(lines.joined(separator: [0x0A]))
    }

    private var head: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("report", "scr")
            json.field("version", 1)
            json.field("tool", tool)
            json.field("specification", ConformanceReport.specification)
            json.array("sources", sources) { json, source in
                json.object {
                    $0.field("name", source.name)
                    $0.field("kind", source.kind.rawValue)
                }
            }
            json.field("filter", filter)
            json.object("traffic") { json in
                json.field("connections", traffic.connections)
                json.field("exchanges", traffic.exchanges)
                json.field("dmExchanges", traffic.dmExchanges)
                json.field("messages", traffic.messages)
                json.field("sessions", traffic.sessions)
                json.field("undecoded", traffic.undecoded)
                json.field("undecrypted", traffic.undecrypted)
                json.field("gaps", traffic.gaps)
                json.field("lost", traffic.lost)
                json.strings("devices", traffic.devices)
                json.strings("servers", traffic.servers)
            }
        }
        return json.bytes
    }

    private static func line(_ verdict: SCRVerdict) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("id", verdict.item.id)
            json.field("section", verdict.item.section)
            json.field("function", verdict.item.function)
            json.field("status", verdict.status.rawValue)
            json.object("met") { $0.put(verdict.met) }
            json.object("violated") { json in
                json.put(verdict.violated)
                json.strings("rules", verdict.violated.rules)
            }
            if let requirement = verdict.requirement {
                json.object("requires") { json in
                    json.field("expression", verdict.item.requirement.text)
                    json.field("status", requirement.rawValue)
                    json.array("items", verdict.required) { json, item in
                        json.object {
                            $0.field("id", item.id)
                            $0.field("status", item.status.rawValue)
                        }
                    }
                }
            }
            switch verdict.item.observation {
            case .shownBy(let what): json.field("shownBy", what)
            case .never(let reason): json.field("neverShown", reason)
            case .fromRequirement: break
            }
            json.field("remark", verdict.remark)
        }
        return json.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func put(_ evidence: SCREvidence) {
        field("count", evidence.count)
        strings("examples", evidence.examples)
    }
}
