import SagaCore

/// Builds the definition from a tree that was checked; what is not there takes its default.
extension Definition {
    init(_ root: Located, _ outline: Outline) {
        self.init(
            name: root["name"]?.string ?? "", description: root["description"]?.string ?? "",
            timeout: root["timeout"]?.duration, maxRetries: root["max_retries"]?.int ?? 3,
            onFailure: root["on_failure"]?.choice() ?? .compensate,
            compensation: root["compensation"]?.choice() ?? .sequential,
            concurrency: root["concurrency"].flatMap { node in
                node["key"]?.string.map { Concurrency(key: $0, policy: node["policy"]?.choice() ?? .queue) }
            },
            vars: (root["vars"]?.members ?? []).map {
                Variable(name: $0.key, standard: $0.value.isNull ? nil : $0.value.json)
            },
            steps: outline.steps.enumerated().compactMap { number, step in
                StepDefinition(step, role: outline.isCompensation(number) ? .compensation : .forward)
            })
    }
}

extension StepDefinition {
    fileprivate init?(_ step: Outline.Step, role: Role) {
        guard let name = step.name, let action = step.action else { return nil }
        let node = step.node
        var seen: Set<String> = []
        let table = KeyTable.config(of: action)
        self.init(
            name: name, action: action,
            dependsOn: step.dependsOn.map(\.name).filter { seen.insert($0).inserted },
            when: Dictionary(
                (node["when"]?.members ?? []).map { ($0.key, $0.value.oneOrMany.compactMap(\.scalarText)) }
            ) { _, last in last },
            config: node["config"]?.json(as: .object(table)) ?? [:],
            retryPolicy: node["retry_policy"].map(RetryPolicy.init) ?? .standard,
            timeout: node["timeout"]?.duration, compensate: step.compensate?.name,
            compensateIf: node["compensate_if"]?.choice() ?? .completed, pivot: step.isPivot,
            continueOnFailure: node["continue_on_failure"]?.bool ?? false, role: role)
    }
}

extension RetryPolicy {
    fileprivate init(_ node: Located) {
        let standard = RetryPolicy.standard
        var jitter = standard.jitter
        switch node["jitter"]?.value {
        case .int(let number): jitter = Double(number)
        case .double(let number): jitter = number
        case .null, .bool, .string, .array, .object, nil: break
        }
        self.init(
            maxAttempts: node["max_attempts"]?.int ?? standard.maxAttempts,
            backoffType: node["backoff_type"]?.choice() ?? standard.backoffType,
            initialDelay: node["initial_delay"]?.duration ?? standard.initialDelay,
            maxDelay: node["max_delay"]?.duration ?? standard.maxDelay, jitter: jitter)
    }
}

extension Located {
    fileprivate var duration: Duration? { scalarText.flatMap(GoDuration.parse) }

    fileprivate func choice<E: RawRepresentable<String>>() -> E? { string.flatMap(E.init) }

    /// The value in the one form that executors read: lists where a single value may stand, scalars as typed text,
    /// keys without a value left out.
    func json(as type: KeyType) -> JSONValue {
        switch type {
        case .oneOrMany(let inner):
            if let items { return .array(items.map { $0.json(as: inner) }) }
            if let string, Template.isIn(string) { return json }
            return .array([json(as: inner)])
        case .list(let inner, _):
            return items.map { .array($0.map { $0.json(as: inner) }) } ?? json
        case .map(let inner, _):
            return members.map { members in
                .object(Dictionary(members.map { ($0.key, $0.value.json(as: inner)) }) { _, last in last })
            } ?? json
        case .object(let table):
            guard let members else { return json }
            let present = members.filter { !$0.value.isNull }
            return .object(
                Dictionary(present.map { ($0.key, $0.value.json(as: table[$0.key]?.type ?? .anything)) }) { $1 })
        case .scalar, .duration, .timeout:
            return scalarText.map(JSONValue.string) ?? json
        case .name, .text, .flag, .whole, .share, .choice, .url, .time, .pointer, .statusCode, .config, .anything:
            return json
        }
    }
}
