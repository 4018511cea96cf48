/// Waits and signals as they are stored.
extension Wait {
    package var json: JSONValue {
        var members: [String: JSONValue?] = [
            "since": .int(since.milliseconds), "next_read": nextRead.map { .int($0.milliseconds) },
            "seen": seen.map { .string($0) }, "signalled_at": signalledAt.map { .int($0.milliseconds) },
        ]
        switch subject {
        case .sleep(let until):
            members["sleep_until"] = .int(until.milliseconds)
        case .approval(let message, let approvers):
            members["approval"] = .string(message)
            members["approvers"] = .array(approvers.map { .string($0) })
        case .pipeline(let pipeline):
            members["pipeline"] = pipeline.json
        case .image(let image):
            members["image"] = .string(image.image)
            members["plain_http"] = .bool(image.plainHTTP)
        }
        return .object(compacting: members)
    }

    /// Reads what `json` writes; nil for anything else.
    package init?(json: JSONValue) {
        guard let since = json["since"]?.intValue else { return nil }
        if let until = json["sleep_until"]?.intValue {
            subject = .sleep(until: Moment(milliseconds: until))
        } else if let message = json["approval"]?.stringValue {
            subject = .approval(message: message, approvers: json["approvers"]?.strings ?? [])
        } else if let pipeline = json["pipeline"].flatMap({ PipelineWait(json: $0) }) {
            subject = .pipeline(pipeline)
        } else if let image = json["image"]?.stringValue {
            subject = .image(ImageWait(image: image, plainHTTP: json["plain_http"]?.boolValue ?? false))
        } else {
            return nil
        }
        self.since = Moment(milliseconds: since)
        nextRead = json.moment("next_read")
        seen = json["seen"]?.stringValue
        signalledAt = json.moment("signalled_at")
    }
}

extension PipelineWait {
    var json: JSONValue {
        .object(compacting: [
            "server": .string(server), "repo": .string(repo), "number": number.map { .int($0) },
            "commit": commit.map { .string($0) }, "branch": branch.map { .string($0) },
            "event": event.map { .string($0) }, "workflows": .array(workflows.map { .string($0) }),
            "workflow": workflow.map { .string($0) }, "step": step.map { .string($0) },
            "expect": .array(expect.map { .string($0) }), "heal_window": .int(healWindow.inMilliseconds),
            "restarts_on_failure": .bool(restartsOnFailure), "followed": .array(followed.map { .int($0) }),
            "restarts": .int(Int64(restarts)), "repo_id": repoID.map { .int($0) },
            "pipeline_id": pipelineID.map { .int($0) }, "failed_at": failedAt.map { .int($0.milliseconds) },
            "leave_on_cancel": .bool(leaveOnCancel),
        ])
    }

    init?(json: JSONValue) {
        guard let server = json["server"]?.stringValue, let repo = json["repo"]?.stringValue else { return nil }
        self.init(
            server: server, repo: repo, number: json["number"]?.intValue, commit: json["commit"]?.stringValue,
            branch: json["branch"]?.stringValue, event: json["event"]?.stringValue,
            workflows: json["workflows"]?.strings ?? [], workflow: json["workflow"]?.stringValue,
            step: json["step"]?.stringValue, expect: json["expect"]?.strings ?? ["success"],
            healWindow: .milliseconds(json["heal_window"]?.intValue ?? 0),
            restartsOnFailure: json["restarts_on_failure"]?.boolValue ?? false)
        followed = json["followed"]?.arrayValue?.compactMap(\.intValue) ?? []
        restarts = Int(json["restarts"]?.intValue ?? 0)
        repoID = json["repo_id"]?.intValue
        pipelineID = json["pipeline_id"]?.intValue
        failedAt = json.moment("failed_at")
        leaveOnCancel = json["leave_on_cancel"]?.boolValue ?? false
    }
}

extension JSONValue {
    fileprivate var strings: [String]? { arrayValue?.compactMap(\.stringValue) }

    fileprivate func moment(_ key: String) -> Moment? {
        self[key]?.intValue.map { Moment(milliseconds: $0) }
    }
}
