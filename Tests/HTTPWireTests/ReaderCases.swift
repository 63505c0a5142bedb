/// What happens on a connection and what is told of it.
enum ReaderCases {
    static let all: [ReaderCase] = messages + contentLength + chunked + heads + tunnels + gaps + foreign
}
