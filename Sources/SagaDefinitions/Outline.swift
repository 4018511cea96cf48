import SagaCore

/// The names in a definition and how steps hang together, as far as they can be read.
struct Outline {
    struct Link {
        var name: String
        var place: Located.Place
        var path: String
    }

    struct Step {
        var node: Located
        var path: String
        /// Nil where it cannot be read; that is reported elsewhere.
        var name: String?
        var action: ActionKind?
        var dependsOn: [Link]
        var compensate: Link?
        var isPivot: Bool

        func place(of key: String) -> Located.Place { node.member(key)?.place ?? node.place }
    }

    var steps: [Step] = []
    var variables: Set<String> = []
    /// By name; of two equal names the first.
    var index: [String: Int] = [:]
    /// For each compensation step, the step that it undoes.
    var undoes: [Int: Int] = [:]
    /// Whether some step's name cannot be read, so that no name can be called unknown.
    var hasUnreadableNames = false

    init(_ root: Located) {
        variables = Set((root["vars"]?.members ?? []).map(\.key))
        for (number, node) in (root["steps"]?.items ?? []).enumerated() {
            let path = JSONValue.path("steps", number)
            let name = node["name"]?.string
            if let name { index[name] = index[name] ?? number } else { hasUnreadableNames = true }
            let list = node["depends_on"]
            let links = (list?.oneOrMany ?? []).enumerated().compactMap { item -> Link? in
                let at = JSONValue.path(path, "depends_on")
                return item.element.string.map {
                    Link(
                        name: $0, place: item.element.place,
                        path: list?.items == nil ? at : JSONValue.path(at, item.offset))
                }
            }
            let undo = node["compensate"].flatMap { value in
                value.string.map { Link(name: $0, place: value.place, path: JSONValue.path(path, "compensate")) }
            }
            steps.append(
                Step(
                    node: node, path: path, name: name,
                    action: node["action"]?.string.flatMap(ActionKind.init), dependsOn: links, compensate: undo,
                    isPivot: node["pivot"]?.bool ?? false))
        }
        for (number, step) in steps.enumerated() {
            guard let undo = step.compensate.flatMap({ index[$0.name] }), undo != number else { continue }
            undoes[undo] = undoes[undo] ?? number
        }
    }

    func isCompensation(_ step: Int) -> Bool { undoes[step] != nil }
}
