import SagaActions
import SagaCore
import TestSupport
import Testing

@Suite struct SecretTests {
    static let settings = ActionSettings(
        secrets: [
            "TOKEN": "s3cr3t-token", "PIN": "4711471147", "SHORT": "abc12", "ODD": "p\"w d/1&",
            "LONG": "s3cr3t-token-2",
        ],
        allowsShell: true, environment: ShellActionTests.path)

    @Test func `a secret reaches the callee and nobody else`() async throws {
        try await withBench(
            Self.settings,
            answering: { request in
                LoopbackServer.Response(
                    200,
                    headers: [
                        ("Content-Type", "application/json"), ("X-Echo", request.headers["authorization"] ?? ""),
                    ],
                    body: .bytes(Array(#"{"echo":"\#(request.text)","pin":4711471147,"s3cr3t-token":[1.5,true]}"#.utf8))
                )
            }
        ) { bench, server in
            let output = try await bench.run(
                .api,
                [
                    "url": .string(server.url), "headers": ["Authorization": "Bearer {{ secrets.TOKEN }}"],
                    "body": "{{ secrets.TOKEN }}", "output": ["echoed": "/echo", "pin": "/pin"],
                ]
            ).succeeded
            #expect(server.requests.first?.headers["authorization"] == "Bearer s3cr3t-token")
            #expect(server.requests.first?.text == "s3cr3t-token")
            #expect(output["headers"]?["x-echo"] == "Bearer ***")
            #expect(output["body"] == ["echo": "***", "pin": "***", "***": [.double(1.5), true]])
            #expect(output["echoed"] == "***")
            #expect(output["pin"] == "***")
        }
    }

    @Test func `errors do not tell secrets, however they are written`() async throws {
        try await withBench(
            Self.settings,
            answering: { request in
                .text("no such thing: \(request.path) \(request.text)", status: 404)
            }
        ) { bench, server in
            for name in ["TOKEN", "ODD"] {
                let failure = try await bench.run(
                    .api,
                    [
                        "url": .string(server.url + "/{{ secrets.\(name) | url }}"), "method": "POST",
                        "body": ["v": .string("{{ secrets.\(name) }}")],
                    ]
                ).failure
                let said = failure.message + (failure.output?.json ?? "")
                for trace in ["s3cr3t", "p\"w", "p%22w", "p\\\"w", "w d/1"] {
                    #expect(!said.contains(trace), "\(said)")
                }
                #expect(said.contains("***"))
            }
        }
    }

    @Test(arguments: 250...310)
    func `an excerpt never ends inside of a secret`(length: Int) async throws {
        let text = String(repeating: "x", count: length) + "s3cr3t-token-2"
        try await withBench(Self.settings, answering: { _ in .text(text, status: 400) }) { bench, server in
            let failure = try await bench.run(.api, ["url": .string(server.url)]).failure
            #expect(!failure.message.contains("s3c") && !failure.message.contains("xs"))
        }
    }

    @Test func `what a command prints is cleaned`() async throws {
        try await withBench(Self.settings) { bench in
            let config: JSONValue = [
                "command": "echo $T; echo $T >&2; echo t=$T >> $SAGA_OUTPUT; exit $CODE",
                "env": ["T": "{{ secrets.TOKEN }}", "CODE": "{{ step.attempt }}"],
            ]
            let failure = try await bench.run(.shell, config).failure
            #expect(failure.message == "the command exited with 1: ***")
            #expect(failure.output?["stdout"] == "***\n")
            let output = try await bench.run(.shell, config, attempt: 0).succeeded
            #expect(output == ["exit_code": 0, "stdout": "***\n", "stderr": "***\n", "t": "***"])
        }
    }

    @Test func `a secret of several lines is not told by its last one`() async throws {
        var settings = Self.settings
        settings.secrets["KEY"] = "first-line\nsecond-line\n"
        try await withBench(settings) { bench in
            let failure = try await bench.run(
                .shell, ["command": "printf %s \"$K\" >&2; exit 1", "env": ["K": "{{ secrets.KEY }}"]]
            ).failure
            #expect(!failure.message.contains("second-line"))
            #expect(failure.output?["stderr"] == "***")
        }
    }

    @Test func `a secret that the 64 KiB cut in two is not told by its second half`() async throws {
        try await withBench(Self.settings) { bench in
            let output = try await bench.run(
                .shell,
                [
                    "command": "printf %s $T; head -c 65530 /dev/zero | tr '\\0' x",
                    "env": ["T": "{{ secrets.TOKEN }}"],
                ]
            ).succeeded
            let text = output["stdout"]?.stringValue ?? ""
            #expect(!text.contains("token") && !text.contains("oken"))
            #expect(text.utf8.count <= 64 << 10)
        }
    }

    @Test func `a short secret is left alone, since it would tear holes into ordinary text`() async throws {
        try await withBench(Self.settings, answering: { .text($0.text) }) { bench, server in
            let output = try await bench.run(.api, ["url": .string(server.url), "body": "{{ secrets.SHORT }}"])
                .succeeded
            #expect(output["body"] == "abc12")
        }
    }

    @Test func `of two secrets that begin alike the longer one goes whole`() async throws {
        try await withBench(Self.settings, answering: { _ in .text("s3cr3t-token-2 s3cr3t-token") }) { bench, server in
            let got = try await bench.run(.api, ["url": .string(server.url)]).succeeded
            #expect(got["body"] == "*** ***")
        }
    }

    @Test func `a secret that nobody gave fails the step and names it`() async throws {
        try await withBench(Self.settings) { bench in
            let failure = try await bench.run(.api, ["url": "http://127.0.0.1:1/{{ secrets.NONE }}"]).failure
            #expect(failure.class == .permanent)
            #expect(failure.message == "config.url: secrets.NONE has no value")
        }
    }

    @Test func `the message of an approval is cleaned before it is stored`() async throws {
        try await withBench(Self.settings) { bench in
            let wait = try await bench.run(.approval, ["message": "use {{ secrets.TOKEN }}?"]).parked
            #expect(wait.subject == .approval(message: "use ***?", approvers: []))
        }
    }

    @Test func `a host that cannot be reached is not told with its secret`() async throws {
        try await withBench(Self.settings) { bench in
            let failure = try await bench.run(.api, ["url": "http://{{ secrets.TOKEN }}.invalid/"]).failure
            #expect(!failure.message.contains("s3cr3t"))
        }
    }
}
