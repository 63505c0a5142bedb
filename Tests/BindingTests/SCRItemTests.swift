import Binding
import Testing

@Suite struct SCRItemTests {
    @Test func tablesAreWhole() {
        for (side, last) in [(SCRItem.Side.client, 54), (.server, 58)] {
            let items = SCRItem.all.filter { $0.side == side }
            #expect(items.count == last + 1)
            // 049 twice, once as Content-Encoding behind 011 and once as HTTP; the rest in order.
            #expect(items.map(\.number) == Array(1...11) + [49] + Array(12...last))
            #expect(items.filter { $0.number == 49 }.map(\.section) == ["5.3.2", "5.4"])
        }
    }

    @Test func requirements() {
        let required = SCRItem.all.filter { !$0.requirement.items.isEmpty }
        #expect(
            required.map { "\($0.id): \($0.requirement.text)" } == [
                "DSDM-HTTP-C-001-O: DSDM-HTTP-C-005-O AND DSDM-HTTP-C-010-O AND DSDM-HTTP-C-015-O AND DSDM-HTTP-C-019-O "
                    + "AND DSDM-HTTP-C-020-O AND DSDM-HTTP-C-037-O",
                "DSDM-HTTP-C-049-O: DSDM-HTTP-C-050-O AND DSDM-HTTP-C-051-O AND DSDM-HTTP-C-054-O",
                "DSDM-HTTP-S-001-O: DSDM-HTTP-S-005-O AND DSDM-HTTP-S-010-O AND DSDM-HTTP-S-015-O AND DSDM-HTTP-S-019-O "
                    + "AND DSDM-HTTP-S-020-O AND DSDM-HTTP-S-037-O",
                "DSDM-HTTP-S-049-O: DSDM-HTTP-S-051-O AND DSDM-HTTP-S-055-O",
                "DSDM-HTTP-S-052-O: DSDM-HTTP-S-051-O", "DSDM-HTTP-S-053-O: DSDM-HTTP-S-054-O",
                "DSDM-HTTP-S-056-O: DSDM-HTTP-S-057-O",
            ])
        let known = Set(SCRItem.all.map(\.id))
        for item in required { for id in item.requirement.items { #expect(known.contains(id)) } }
    }
}
