/// The way a byte travels: from the device towards its DM server, or back.
package enum Direction: UInt8, Sendable, CaseIterable {
    case toServer = 0
    case toClient = 1

    /// Written out because the comparison of enumerations with raw values is a call through a witness table.
    @inlinable
    package static func == (a: Direction, b: Direction) -> Bool {
        switch (a, b) {
        case (.toServer, .toServer), (.toClient, .toClient): true
        default: false
        }
    }

    @inlinable
    package var opposite: Direction { self == .toServer ? .toClient : .toServer }

    /// As records name it.
    package var name: String { self == .toServer ? "toServer" : "toClient" }

    /// Who sends in this direction.
    package var sender: String { self == .toServer ? "client" : "server" }
}

extension Direction: Decodable {
    package init(from decoder: any Decoder) throws {
        let name = try decoder.singleValueContainer().decode(String.self)
        guard let direction = Direction.allCases.first(where: { $0.name == name }) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no direction: \(name)"))
        }
        self = direction
    }
}

/// Octets since the start of one direction of a flow, as its application sees it: plaintext where TLS was removed.
package typealias StreamOffset = UInt64

/// Two values, one for each direction.
package struct PerDirection<Value> {
    package var toServer: Value
    package var toClient: Value

    @inlinable
    package init(_ make: (Direction) -> Value) {
        toServer = make(.toServer)
        toClient = make(.toClient)
    }

    @inlinable
    package subscript(direction: Direction) -> Value {
        _read {
            if direction == .toServer { yield toServer } else { yield toClient }
        }
        _modify {
            if direction == .toServer { yield &toServer } else { yield &toClient }
        }
    }
}

extension PerDirection: Sendable where Value: Sendable {}
extension PerDirection: Equatable where Value: Equatable {}
