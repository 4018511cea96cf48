/// The head of an answer, built from the lines libcurl hands over one by one.
struct CurlHead {
    private(set) var status = 0
    private(set) var headers = HTTPHeaders()
    private(set) var isComplete = false
    private var size = 0

    /// False when the lines are more than `limit` bytes together.
    mutating func take(_ line: UnsafeRawBufferPointer, atMost limit: Int) -> Bool {
        // What follows a complete head are trailers, of which nobody makes use.
        if isComplete { return true }
        size += line.count
        guard size <= limit else { return false }
        let text = Self.trimmed(String(decoding: line, as: UTF8.self))
        if text.isEmpty {
            isComplete = status >= 200
        } else if text.hasPrefix("HTTP/") {
            // A new status line after an interim answer (103 Early Hints) starts afresh.
            headers = HTTPHeaders()
            status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        } else if let colon = text.firstIndex(of: ":") {
            headers.add(Self.trimmed(text[..<colon]), Self.trimmed(text[text.index(after: colon)...]))
        }
        return true
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let start = text.firstIndex { !$0.isWhitespace } ?? text.endIndex
        let end = text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) } ?? start
        return String(text[start..<end])
    }
}
