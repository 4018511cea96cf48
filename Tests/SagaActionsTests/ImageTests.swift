import RegistryClient
import SagaCore
import Synchronization
import TestSupport
import Testing

@testable import SagaActions

@Suite struct ImageTests {
    private func signal(_ image: String) -> Signal {
        Signal(kind: .image, status: "success", image: image, digest: "sha256:1", mediaType: "type/x")
    }

    @Test func `an image that is announced is there, and nobody is asked`() async throws {
        try await withBench { bench in
            let wait = try await bench.run(.waitBuild, ["image": "r.example/app:1"]).parked
            #expect(wait.keys == ["image:r.example/app:1"])
            #expect(wait.nextRead == bench.clock.now)
            let output = try await bench.read(wait, [signal("r.example/app:1")], action: .waitBuild).succeeded
            #expect(
                output == [
                    "image": "r.example/app:1", "digest": "sha256:1", "media_type": "type/x", "decided_by": "gitea",
                ])
        }
    }

    @Test func `the registry is asked until it has the tag`() async throws {
        let status = TestStatus(404)
        try await withBench(answering: { _ in
            LoopbackServer.Response(
                status.value, headers: [("Docker-Content-Digest", "sha256:2"), ("Content-Type", "application/m+json")])
        }) { bench, server in
            let image = "127.0.0.1:\(server.port)/team/app:1.2"
            let wait = try await bench.parkAndRead(.waitBuild, ["image": .string(image)]).parked
            #expect(wait.seen == "not in the registry yet")
            #expect(wait.nextRead == bench.clock.now + .seconds(30))
            status.value = 500
            let got = try await bench.read(wait, action: .waitBuild).parked
            #expect(got.seen == "the registry answered 500")
            status.value = 200
            let output = try await bench.read(wait, action: .waitBuild).succeeded
            #expect(
                output == [
                    "image": .string(image), "digest": "sha256:2", "media_type": "application/m+json",
                    "decided_by": "registry",
                ])
            let request = try #require(server.requests.first)
            #expect(request.method == "HEAD" && request.path == "/v2/team/app/manifests/1.2")
            #expect(request.headers["accept"]?.contains("oci.image.index") == true)
        }
    }

    @Test func `a registry that wants a token is asked for one as nobody`() async throws {
        let port = Mutex(0)
        try await withBench(answering: { request in
            switch (request.path, request.headers["authorization"]) {
            case ("/token", _): return .json(#"{"token":"t1"}"#)
            case (_, "Bearer t1"): return LoopbackServer.Response(200)
            default:
                let realm = "http://127.0.0.1:\(port.withLock { $0 })/token"
                let challenge = #"Bearer realm="\#(realm)",service="reg",scope="repository:team/app:pull,push""#
                return LoopbackServer.Response(401, headers: [("WWW-Authenticate", challenge)])
            }
        }) { bench, server in
            port.withLock { $0 = server.port }
            let image = JSONValue.string("127.0.0.1:\(server.port)/team/app:1")
            let output = try await bench.parkAndRead(.waitBuild, ["image": image]).succeeded
            #expect(output["decided_by"] == "registry")
            #expect(server.requests.map(\.method) == ["HEAD", "GET", "HEAD"])
            #expect(server.requests[1].query == "service=reg&scope=repository%3Ateam%2Fapp%3Apull%2Cpush")
        }
    }

    @Test(arguments: ["Basic realm=\"x\"", "Bearer realm=", "Bearer", ""])
    func `a registry that lets nobody read says so`(challenge: String) async throws {
        try await withBench(answering: { _ in
            LoopbackServer.Response(401, headers: challenge.isEmpty ? [] : [("WWW-Authenticate", challenge)])
        }) { bench, server in
            let image = JSONValue.string("localhost:\(server.port)/app:1")
            let wait = try await bench.parkAndRead(.waitBuild, ["image": image]).parked
            #expect(wait.seen == "the registry does not let it be read without credentials")
        }
    }

    @Test func `a login for the registry is used for it`() async throws {
        let handler: LoopbackServer.Handler = { request in
            request.headers["authorization"] == "Basic YWRhOnA="
                ? LoopbackServer.Response(200)
                : LoopbackServer.Response(401, headers: [("WWW-Authenticate", #"Basic realm="r""#)])
        }
        try await withLoopbackServer(handler) { server in
            let image = JSONValue.string("127.0.0.1:\(server.port)/app:1")
            var settings = ActionSettings()
            settings.registryLogins[RegistryAddress("127.0.0.1:\(server.port)")] = .init(username: "ada", password: "p")
            try await withBench(settings) { bench in
                let output = try await bench.parkAndRead(.waitBuild, ["image": image]).succeeded
                #expect(output["decided_by"] == "registry")
            }
            settings.registryLogins[RegistryAddress("127.0.0.1:\(server.port)")] = .init(username: "ada", password: "q")
            try await withBench(settings) { bench in
                let wait = try await bench.parkAndRead(.waitBuild, ["image": image]).parked
                #expect(wait.seen == "the registry does not let it be read with the login that is set for it")
            }
        }
    }

    @Test func `a registry that is not there postpones the read`() async throws {
        let port = try await withLoopbackServer({ _ in LoopbackServer.Response(200) }) { $0.port }
        try await withBench { bench in
            let image = JSONValue.string("127.0.0.1:\(port)/app:1")
            let postponed = try await bench.parkAndRead(.waitBuild, ["image": image]).postponed
            #expect(postponed.until == bench.clock.now + .seconds(30))
        }
    }

    @Test(arguments: ["app:1", "r.example/app", "r.example:5000/app", "/app:1", "r.example/:1", "r.example/app:"])
    func `what is no image fails the wait`(image: String) async throws {
        try await withBench { bench in
            let failure = try await bench.parkAndRead(.waitBuild, ["image": .string(image)]).failure
            #expect(failure.class == .permanent)
        }
    }
}
