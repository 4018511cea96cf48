/// `application/x-www-form-urlencoded`, as far as webhooks use it.
enum FormBody {
    /// The decoded value of the first `payload=`; nil where there is none, or its escapes are broken.
    static func payload(in body: [UInt8]) -> [UInt8]? {
        let name = Array("payload=".utf8)
        guard let field = body.split(separator: UInt8(ascii: "&")).first(where: { $0.starts(with: name) }) else {
            return nil
        }
        return decoded(field.dropFirst(name.count))
    }

    static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): out.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                out.append(high << 4 | low)
            default: out.append(byte)
            }
        }
        return out
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}
