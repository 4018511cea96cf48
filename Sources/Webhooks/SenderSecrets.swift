/// The secrets of one sender, several of them while one is being replaced by the next.
package struct SenderSecrets: Sendable {
    /// One secret, bound to a repository or good for all.
    struct Entry: Sendable {
        var secret: String
        var repository: String?
    }

    /// Why a configuration text is none, and what to write instead; never quotes the text.
    package struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    let entries: [Entry]

    /// Reads `secret` or `owner/repo=secret`, separated by commas.
    package init(parsing text: String, sender: Sender) throws(Malformed) {
        var entries: [Entry] = []
        for (index, part) in text.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
            let place = "\(sender.secretVariable), entry \(index + 1)"
            entries.append(try Self.entry(part.trimmingBlanks(), sender: sender, place: place))
        }
        self.entries = entries
    }

    private static func entry(_ text: String, sender: Sender, place: String) throws(Malformed) -> Entry {
        guard !text.isEmpty else {
            throw Malformed(
                description: "\(place) is empty: give a secret, or unset the variable to close this sender")
        }
        if text.hasPrefix(SigningKey.prefix) {
            if sender.takesSigningKeys, SigningKey(text) == nil {
                throw Malformed(
                    description:
                        "\(place) is no signing key: after '\(SigningKey.prefix)' it must be base64, as shown by "
                        + "the sender")
            }
            return Entry(secret: text)
        }
        guard let sign = text.firstIndex(of: "="), isFullName(text[..<sign]) else { return Entry(secret: text) }
        let secret = text[text.index(after: sign)...]
        // `owner/repo=` may be a forgotten secret or base64's padding; taking it as a secret would let anybody in.
        guard !secret.allSatisfy({ $0 == "=" }) else {
            throw Malformed(
                description:
                    "\(place) has no secret after 'owner/repo=': add one, or choose a secret without '/' and '='")
        }
        return Entry(secret: String(secret), repository: String(text[..<sign]))
    }

    /// `owner/name`, or more parts for GitLab's subgroups.
    private static func isFullName(_ text: Substring) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count >= 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
            }
    }
}

extension SenderSecrets: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(entries.count) secret(s)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

extension Sender {
    fileprivate var takesSigningKeys: Bool {
        switch self {
        case .gitlab, .generic: true
        case .gitea, .forgejo, .github, .bitbucket, .registry, .harbor: false
        }
    }
}
