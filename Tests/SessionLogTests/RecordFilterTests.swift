import Sessions
import Testing
import Wire

@testable import SessionLog

@Suite struct RecordFilterTests {
    private static let exchange = RecordJSONTests.records[2]
    private static let connection = RecordJSONTests.records[1]
    private static let session = RecordJSONTests.records[3]

    @Test(arguments: [
        "~m post", "~m POST", "/dm", "~u h/dm", "~d ^h$", "~c 200", "~h 'host: a'", "~hq host", "~hs host", "~b syncml",
        "~bq SyncML", "~bs SyncML", "~cmd status", "~cmd Get", "~uri ./A", "~uri ^a$", "~status 212", "~sid 7",
        "~dev IMEI", "~finding user-agent", "~level MUST", "~level NOTE", "!~c 404", "~m POST ~c 200",
        "~m POST & ~c 200", "~c 404 | ~c 200", "(~c 404 | ~c 200) & ~m post", "! (~c 404 & ~m POST)",
        "~u (h|x)/dm", "~h \"host: a\"",
    ]) func matchesTheExchange(_ expression: String) throws {
        #expect(try RecordFilter(expression).matches(Self.exchange))
    }

    @Test(arguments: [
        "~m GET", "~c 404", "~cmd Add", "~uri ^nothing", "~status 200", "~sid 8", "~dev ^x", "~finding nothing",
        "!~m POST", "~m POST & ~c 404", "~t xml", "!(~c 200)", "~h nosuch",
    ]) func doesNotMatchTheExchange(_ expression: String) throws {
        #expect(try !RecordFilter(expression).matches(Self.exchange))
    }

    @Test func connectionsAndSessionsPassByWhatSpeaksOfThem() throws {
        #expect(try RecordFilter("~d ^h$").matches(Self.connection))
        #expect(try RecordFilter("~level MUST").matches(Self.connection))
        #expect(try !RecordFilter("~cmd Get").matches(Self.connection))
        #expect(try RecordFilter("~sid 7 ~dev IMEI").matches(Self.session))
        #expect(try RecordFilter("~m NOTHING").matches(RecordJSONTests.records[0]))
        #expect(try RecordFilter("~m NOTHING").matches(RecordJSONTests.records[5]))
    }

    /// Whatever came to no good end, and nothing else.
    @Test func failuresAreFound() throws {
        guard case .exchange(var exchange) = Self.exchange, case .connection(var connection) = Self.connection,
            case .session(var session) = Self.session
        else {
            Issue.record("other records")
            return
        }
        let failed = try RecordFilter("~e")
        func isFound(_ record: Record) -> Bool { failed.matches(record) }
        #expect(!isFound(.exchange(exchange)))
        exchange.response?.status = 404
        #expect(isFound(.exchange(exchange)))
        exchange.response?.status = 200
        exchange.response?.body.complete = false
        #expect(isFound(.exchange(exchange)))
        exchange.response = nil
        #expect(isFound(.exchange(exchange)))
        let endings = ["client-fin", "server-fin", "open", "client-reset", "server-reset", "timeout", "error"]
        #expect(
            endings.filter {
                connection.ended = $0
                return isFound(.connection(connection))
            } == ["client-reset", "server-reset", "timeout", "error"])
        #expect(!isFound(.session(session)))
        session.outcome = "aborted by the server (Alert 1223) after 4 messages"
        #expect(isFound(.session(session)))
        session.outcome = "ended by the server's empty response after 3 messages"
        session.packages = [Direction.toServer, .toClient].map {
            .init(number: 1, direction: $0, msgID: "1", exchange: "1.1", final: true, commands: [])
        }
        #expect(!isFound(.session(session)))
        session.packages.removeLast()
        #expect(isFound(.session(session)))
        #expect(try RecordFilter("(~e | ~m POST) & ~d h").matches(Self.exchange))
        #expect(try !RecordFilter("!~e & ~m POST").matches(.exchange(exchange)))
    }

    @Test(arguments: [
        ("~nosuch x", 0), ("~ee", 0), ("~e x )", 5), ("~m", 2), ("~m POST &", 9), ("(~m POST", 8), ("~m POST)", 7),
        ("~level LOUD", 7),
        ("~c abc", 3), ("~m POST ~status 20", 16),
        ("~u [", 3), ("~u 'open", 3), ("", 0), ("| ~m x", 0), ("~u ~cmd Get", 3),
    ]) func pointsAtTheFault(_ expression: String, _ position: Int) {
        do {
            _ = try RecordFilter(expression)
            Issue.record("\(expression) was taken")
        } catch {
            #expect(error.position == position, "\(error)")
            #expect(error.description.hasSuffix("\n  " + String(repeating: " ", count: position) + "^"))
        }
    }

    /// A log is a file like any other: a header that is no pair matches nothing and masks as nothing.
    @Test func headersThatAreNoPairs() throws {
        guard case .exchange(var exchange) = Self.exchange else {
            Issue.record("no exchange")
            return
        }
        exchange.request?.headers = [[], ["Authorization"], ["Content-Type"], ["a", "b", "c"]]
        #expect(try !RecordFilter("~t xml").matches(.exchange(exchange)))
        #expect(try RecordFilter("~hq ^a").matches(.exchange(exchange)))
        guard case .exchange(let masked) = Redaction().redact(.exchange(exchange)) else {
            Issue.record("no exchange")
            return
        }
        #expect(masked.request?.headers.map(\.count) == [0, 2, 1, 3])
        var renderer = TextRenderer(color: false)
        #expect(!renderer.render(.exchange(exchange)).isEmpty)
    }

    @Test func deepNestingIsRefused() {
        #expect(throws: FilterError.self) { try RecordFilter(String(repeating: "(", count: 5000) + "~m x") }
        for (text, position) in [("()", 1), ("~m x | )", 7), ("!", 1), ("&", 0)] {
            let reason = "an atom such as ~u or ~cmd is missing here"
            #expect(throws: FilterError(expression: text, position: position, reason: reason)) {
                try RecordFilter(text)
            }
        }
        #expect(throws: FilterError.self) { try RecordFilter(String(repeating: "!", count: 5000) + "~m x") }
    }
}
