import SagaCore

extension HTML {
    /// JSON to read, in which addresses of web pages are links.
    static func json(_ value: JSONValue) -> HTML {
        let lines: [HTML] = value.prettyJSON.split(separator: "\n", omittingEmptySubsequences: false).map(line)
        return "<pre tabindex=\"0\">\(lines.joined(by: "\n"))</pre>"
    }

    /// A line of indented JSON has one value at most, at its end.
    private static func line(_ text: Substring) -> HTML {
        let comma = text.hasSuffix(",") ? "," : ""
        let body = text.dropLast(comma.count)
        guard body.hasSuffix("\""), let start = body.ranges(of: "\"http").last?.lowerBound,
            body[..<start].hasSuffix(": ") || body[..<start].allSatisfy({ $0 == " " }),
            case .string(let address)? = try? JSONValue(parsing: String(body[start...])),
            !address.contains(where: { $0.isWhitespace || $0 == "\"" })
        else { return "\(text)" }
        return "\(body[..<start])\"\(link(to: address, address))\"\(comma)"
    }
}
