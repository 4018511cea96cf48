import SagaCore

/// Takes parameters out of a query and remembers what was wrong, so that a caller learns all of it at once.
struct Query {
    private let values: [String: String]
    private var faults: [JSONValue] = []

    /// The query of a call, whose route says which parameters there are.
    init(_ call: Call) {
        self.init(call, known: call.description?.query.map(\.name) ?? [])
    }

    /// A parameter that is not known is an error: a mistyped filter would else show everything.
    init(_ call: Call, known: [String]) {
        var values: [String: String] = [:]
        for (name, value) in call.target.query {
            if !known.contains(name) {
                let choice = known.isEmpty ? "there are none here" : "there are: " + known.joined(separator: ", ")
                faults.append(
                    .fault(name, "there is no such parameter; \(choice)", suggestion: NearMiss.of(name, among: known)))
            } else if values.updateValue(value, forKey: name) != nil {
                faults.append(.fault(name, "is given twice"))
            }
        }
        self.values = values
    }

    func text(_ name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    mutating func value<Value>(_ name: String, _ form: String, _ read: (String) -> Value?) -> Value? {
        guard let text = text(name) else { return nil }
        let value = read(text)
        if value == nil { faults.append(.fault(name, "'\(text)' is not \(form)")) }
        return value
    }

    func check() throws(ProblemDetails) {
        guard faults.isEmpty else {
            throw .badRequest("the query has \(faults.count == 1 ? "a problem" : "problems")", errors: faults)
        }
    }
}
