import SagaCore
import Yams

/// Makes located values of Yams' nodes: core schema, aliases, merge keys, no tags of one's own.
struct LocatedYAMLBuilder {
    private struct Anchored {
        var value: Located
        var weight: Int
        var height: Int
    }

    private let star: Unicode.Scalar
    private let letters: [Located.Place: Unicode.Scalar]
    private var anchors: [String: Anchored] = [:]
    private var weight = 0
    private var height = 0
    private var isTooLarge = false
    private(set) var problems: [Problem] = []

    init(star: Unicode.Scalar, letters: [Located.Place: Unicode.Scalar]) {
        self.star = star
        self.letters = letters
    }

    mutating func value(_ node: Node, at path: String, depth: Int) -> Located {
        let place = Self.place(of: node)
        height = max(height, depth)
        guard depth <= LocatedYAML.deepest else {
            report("nested deeper than \(LocatedYAML.deepest) levels", place, path)
            return Located(.null, at: place)
        }
        let (outerWeight, outerHeight) = (weight, height)
        weight += 1
        height = depth
        let value: Located
        switch node {
        case .scalar(let scalar):
            value = self.scalar(scalar, place, path, depth)
        case .sequence(let sequence):
            refuseTag(sequence.tag, unless: Tag.Name.seq, place, path)
            var items: [Located] = []
            for item in sequence {
                items.append(self.value(item, at: JSONValue.path(path, items.count), depth: depth + 1))
            }
            value = Located(.array(items), at: place)
        case .mapping(let mapping):
            refuseTag(mapping.tag, unless: Tag.Name.map, place, path)
            value = Located(.object(members(mapping, path, depth)), at: place)
        case .alias:
            value = Located(.null, at: place)
        }
        if let anchor = node.anchor {
            anchors[anchor.rawValue] = Anchored(value: value, weight: weight - outerWeight, height: height - depth)
        }
        height = max(height, outerHeight)
        return value
    }

    private static func place(of node: Node) -> Located.Place {
        Located.Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    private mutating func report(_ message: String, _ place: Located.Place, _ path: String) {
        problems.append(Problem(message, line: place.line, column: place.column, path: path))
    }

    private func restored(_ text: String) -> String {
        guard text.unicodeScalars.contains(star) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == star ? "*" : $0 }))
    }

    private mutating func refuseTag(_ tag: Tag, unless name: Tag.Name, _ place: Located.Place, _ path: String) {
        guard !tag.rawValue.isEmpty, tag.rawValue != name.rawValue, tag.rawValue != Tag.Name.nonSpecific.rawValue else {
            return
        }
        report("tags such as \(restored(tag.rawValue)) are not supported", place, path)
    }

    private mutating func scalar(
        _ scalar: Node.Scalar, _ place: Located.Place, _ path: String, _ depth: Int
    ) -> Located {
        if isAlias(scalar) { return alias(String(scalar.string.unicodeScalars.dropFirst()), place, path, depth) }
        let text = restored(scalar.string)
        weight += text.utf8.count
        let isPlain = scalar.style == .plain || scalar.style == .any
        let value: Located.Value
        switch scalar.tag.rawValue {
        case "": value = isPlain ? CoreSchema.resolve(text) : .string(text)
        case Tag.Name.str.rawValue: value = .string(text)
        case Tag.Name.int.rawValue, Tag.Name.float.rawValue, Tag.Name.bool.rawValue, Tag.Name.null.rawValue:
            value = CoreSchema.resolve(text)
        default:
            report("tags such as \(restored(scalar.tag.rawValue)) are not supported", place, path)
            value = .string(text)
        }
        return Located(value, at: place, raw: text)
    }

    private func isAlias(_ scalar: Node.Scalar) -> Bool {
        scalar.style == .plain && scalar.string.unicodeScalars.first == star
    }

    private mutating func alias(_ name: String, _ place: Located.Place, _ path: String, _ depth: Int) -> Located {
        guard let anchored = anchors[name] else {
            report("unknown alias '*\(restored(name))'; text that starts with '*' needs quotes", place, path)
            return Located(.null, at: place)
        }
        // What is refused is not counted, or the weights themselves would grow beyond all bounds.
        let isFit =
            !isTooLarge && weight + anchored.weight <= LocatedYAML.largestExpansion
            && depth + anchored.height <= LocatedYAML.deepest
        guard isFit else {
            if !isTooLarge { report("the aliases make the definition too large", place, path) }
            isTooLarge = true
            return Located(.null, at: place)
        }
        weight += anchored.weight
        height = max(height, depth + anchored.height)
        return anchored.value
    }

    private mutating func members(_ mapping: Node.Mapping, _ path: String, _ depth: Int) -> [Located.Member] {
        var members: [Located.Member] = []
        var first: [String: Located.Place] = [:]
        var merged: [Located.Member] = []
        for (keyNode, valueNode) in mapping {
            let place = Self.place(of: keyNode)
            guard case .scalar(let scalar) = keyNode, !isAlias(scalar) else {
                report("a key must be text", place, path)
                continue
            }
            refuseTag(scalar.tag, unless: Tag.Name.str, place, path)
            var key = restored(scalar.string)
            if let letter = letters[place] {
                key.unicodeScalars.replaceSubrange(
                    ..<key.unicodeScalars.index(after: key.unicodeScalars.startIndex), with: [letter])
            }
            key = restored(key)
            weight += key.utf8.count
            let inner = JSONValue.path(path, key)
            let value = self.value(valueNode, at: inner, depth: depth + 1)
            if key == "<<", scalar.style == .plain {
                for source in value.oneOrMany {
                    if source.members == nil { report("'<<' merges maps, not \(source.shown)", place, inner) }
                    merged += source.members ?? []
                }
            } else if let earlier = first[key] {
                problems.append(.duplicateKey(key, at: place, first: earlier, path: inner))
            } else {
                first[key] = place
                members.append(Located.Member(key: key, place: place, value: value))
            }
        }
        // What is written out wins over what is merged, and the earlier of two merged maps over the later.
        for member in merged where first.updateValue(member.place, forKey: member.key) == nil { members.append(member) }
        return members
    }
}
