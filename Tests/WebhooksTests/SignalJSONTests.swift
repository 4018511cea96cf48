import SagaCore
import Testing

@Suite("A signal's JSON")
struct SignalJSONTests {
    @Test("Everything a signal holds comes back from its JSON")
    func roundTrip() throws {
        let signal = Signal(
            kind: .step, server: "https://ci.example.org", repo: "crew/app", number: 9, status: "success", repoID: 3,
            id: 41, workflow: "build", workflowNumber: 1, step: "compile", commit: "4be1", branch: "main",
            event: "push", url: "https://ci.example.org/repos/3/pipeline/9", image: "registry.example.org/app:1",
            digest: "sha256:aa", mediaType: "text/x", exitCode: 2, error: "no", at: Moment(milliseconds: 1))
        #expect(try Signal(json: signal.json) == signal)
        #expect(try Signal(json: JSONValue(parsing: signal.json.json)) == signal)
    }

    @Test(
        "What is missing or wrong is told all at once",
        arguments: [
            ("[]", "a JSON object was expected"),
            (
                "{}",
                "kind: is missing; server: is missing; repo: is missing; number: is missing; status: is missing"
            ),
            (
                #"{"kind": "job", "server": 1, "repo": "", "number": "9", "status": null}"#,
                "kind: 'job' is none of pipeline, workflow, step, image; server: must be a text; repo: is missing; "
                    + "number: must be a whole number; status: is missing"
            ),
            (
                #"{"kind": "workflow", "server": "s", "repo": "a/b", "number": 0, "status": "success"}"#,
                "number: must be 1 or more; workflow: is missing"
            ),
            (
                #"{"kind": "step", "server": "s", "repo": "a/b", "number": 1, "status": "success", "at": "noon"}"#,
                "step: is missing; at: must be a time as in RFC 3339"
            ),
            (
                #"{"kind": "image", "status": "success", "image": "h:5000/a"}"#,
                "image: a tag is missing ('h:5000/a:TAG'), or give a digest"
            ),
            (#"{"kind": "image", "status": "success"}"#, "image: is missing"),
        ])
    func problems(text: String, expected: String) throws {
        let json = try JSONValue(parsing: text)
        let problem = #expect(throws: SignalProblem.self) { try Signal(json: json) }
        #expect(problem?.description == expected)
    }

    @Test(
        "An image may be named by tag or by digest, inside its name or beside it",
        arguments: [
            (#"{"image": "h:5000/a:1"}"#, "h:5000/a:1", nil),
            (#"{"image": "h:5000/a", "tag": "1"}"#, "h:5000/a:1", nil),
            (#"{"image": "h:5000/a@sha256:aa"}"#, "h:5000/a", "sha256:aa"),
            (#"{"image": "h:5000/a:1", "digest": "sha256:aa", "tag": "2"}"#, "h:5000/a:1", "sha256:aa"),
        ] as [(String, String, String?)])
    func images(text: String, image: String, digest: String?) throws {
        var members = try #require(JSONValue(parsing: text).objectValue)
        members["kind"] = "image"
        members["status"] = "success"
        let signal = try Signal(json: .object(members))
        #expect(signal.image == image)
        #expect(signal.digest == digest)
    }

    @Test("Unknown members and unknown statuses are no fault")
    func unknown() throws {
        let text = #"{"kind":"pipeline","server":"s","repo":"a/b","number":1,"status":"resting","colour":"red"}"#
        #expect(try Signal(json: JSONValue(parsing: text)).status == "resting")
    }
}
