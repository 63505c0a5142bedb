/// What happens on a connection and what is told of it.
enum ReaderCases {
    static let all: [ReaderCase] =
        messages + contentLength + chunked + refused + codings + heads + tunnels + gaps + foreign
}
