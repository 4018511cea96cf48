/// Text that came from elsewhere, made safe for a terminal or a log that obeys escape sequences.
extension SagaText {
    /// Control characters, and those that turn the direction of writing, become a sign that shows there was something;
    /// line breaks and tabs stay.
    package static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHostile) else { return text }
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { safe.append(isHostile(scalar) ? "\u{FFFD}" : scalar) }
        return String(safe)
    }

    private static func isHostile(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\t": false
        case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
        default: false
        }
    }
}
