import FoundationEssentials
import Inspection
import SessionLog
import Wire

/// A filter expression, and the place that its error names.
enum FilterTarget {
    static func run(_ input: [UInt8]) {
        let text = String(decoding: input, as: UTF8.self)
        do throws(FilterError) {
            _ = try RecordFilter(text)
        } catch {
            promise((0...text.count).contains(error.position), "the fault lies outside the expression")
            _ = error.description
        }
    }
}

/// A session log: lines, the records they hold, everything that reads records, and JSON strings.
enum RecordTarget {
    static func run(_ input: [UInt8]) {
        let file = MemoryFile(input)
        guard var log = try? LogReader(file.path) else { broken("the log does not open") }
        var lines: [ArraySlice<UInt8>] = []
        do throws(LogReader.ReadError) {
            while true {
                let more = try log.lines()
                if more.isEmpty { break }
                lines += more
            }
        } catch {
            broken(error.description)
        }
        let whole = input.lastIndex(of: 0x0A).map { input[...$0] } ?? []
        promise(lines == whole.split(separator: 0x0A), "other lines than the file's")

        let holdsEveryPromise = FuzzTarget.holdsEveryPromise(input)
        let survey = ConformanceSurvey(filter: nil, catalogue: Catalogue(), limits: Limits())
        var renderer = TextRenderer(color: true)
        for line in lines.prefix(50) {
            guard let record = try? log.record(line) else { continue }
            survey.record(record)
            _ = renderer.render(record)
            guard holdsEveryPromise else { continue }
            let written = JSONLine.written(record)
            let again = JSONLine.read(written)
            promise(JSONLine.written(again) == written, "a record changes when it is written again")
            _ = JSONLine.read(JSONLine.written(Redaction().redact(record)))
        }
        if holdsEveryPromise { strings(input) }
    }

    /// What is not UTF-8 becomes U+FFFD; all else comes back.
    private static func strings(_ input: [UInt8]) {
        let text = String(decoding: input, as: UTF8.self)
        var json = JSONWriter()
        json.object { json in
            json.field("text", text)
            json.field("octets", utf8: input)
        }
        guard let read = try? JSONDecoder().decode([String: String].self, from: Data(json.bytes)) else {
            broken("no JSON: \(String(decoding: json.bytes, as: UTF8.self))")
        }
        promise(read["text"].map { Array($0.utf8) } == Array(text.utf8), "a string comes back otherwise")
        promise(String(decoding: input, as: UTF8.self) != text || read["octets"] != nil, "octets do not come back")
    }
}

/// A record as a line of the log and back.
enum JSONLine {
    static func written(_ record: Record) -> [UInt8] {
        var json = JSONWriter()
        json.line(record)
        return json.bytes
    }

    static func read(_ line: [UInt8]) -> Record {
        do {
            return try JSONDecoder().decode(Record.self, from: Data(line))
        } catch {
            broken("a written record does not read: \(error) \(String(decoding: line, as: UTF8.self))")
        }
    }
}
