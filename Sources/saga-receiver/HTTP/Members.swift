import SagaCore

/// Takes members out of a JSON body and remembers what was wrong, so that a caller learns all of it at once.
struct Members {
    private let values: [String: JSONValue]
    private(set) var faults: [JSONValue] = []

    /// The body of a call, whose route says which members there are.
    init(_ call: Call) async throws {
        self.init(try await call.json(), known: call.description?.body?.schema.names ?? [])
    }

    private init(_ json: JSONValue, known: [String]) {
        values = json.objectValue ?? [:]
        for name in values.keys.sorted() where !known.contains(name) {
            faults.append(
                .fault(
                    name, "there is no such member; there are: " + known.joined(separator: ", "),
                    suggestion: NearMiss.of(name, among: known)))
        }
    }

    /// Null counts as absent.
    func value(_ name: String) -> JSONValue? {
        values[name].flatMap { $0.isNull ? nil : $0 }
    }

    mutating func text(_ name: String) -> String? {
        take(name, "a text") { $0.stringValue }
    }

    mutating func flag(_ name: String) -> Bool {
        take(name, "true or false") { $0.boolValue } ?? false
    }

    mutating func object(_ name: String) -> [String: JSONValue]? {
        take(name, "an object") { $0.objectValue }
    }

    mutating func fault(_ name: String, _ message: String) {
        faults.append(.fault(name, message))
    }

    func check() throws(ProblemDetails) {
        guard faults.isEmpty else {
            throw .badRequest("the body has \(faults.count == 1 ? "a problem" : "problems")", errors: faults)
        }
    }

    private mutating func take<Value>(_ name: String, _ form: String, _ read: (JSONValue) -> Value?) -> Value? {
        guard let json = value(name) else { return nil }
        let value = read(json)
        if value == nil { fault(name, "must be \(form)") }
        return value
    }
}
