import HTTPTypes
import Hummingbird
import SagaCore
import SagaEngine
import Testing

@testable import saga_receiver

@Suite struct SignalsTests {
    private func body(repo: String = "o/r", status: String = "success") -> String {
        """
        {"kind": "workflow", "server": "https://ci.example.com", "repo": "\(repo)", "number": 7, "workflow": "build",
        "status": "\(status)"}
        """
    }

    @Test func `a webhook is stored once, and only with the right secret`() async throws {
        try await House.with { (house: House) async throws in
            let path = "/webhooks/generic"
            #expect(try await house.call(.post, path, body(), token: "falsch").status == 401)
            #expect(try await house.call(.post, path, body(), token: nil).status == 401)
            #expect(try await house.call(.post, path, body(), token: "geheimnis").status == 202)
            #expect(try await house.call(.post, path, body(), token: "geheimnis").status == 200)
            #expect(try await house.call(.post, path, "{", token: "geheimnis").status == 400)
        }
    }

    @Test func `a signal with a key is stored once, and an empty key is none`() async throws {
        try await House.with { (house: House) async throws in
            let path = "/api/v1/signals"
            for key in ["", String(repeating: "k", count: 513)] {
                let answer = try await house.call(.post, path, body(), headers: [.idempotencyKey: key])
                #expect(answer.status == 400 && answer.json["detail"]?.text.contains("1 to 512") == true)
            }
            #expect(
                try await house.call(.post, path, body(), headers: [.idempotencyKey: "k"]).json["id"]?.intValue == 1)
            #expect(try await house.call(.post, path, body(), headers: [.idempotencyKey: "k"]).json["id"] == .null)
        }
    }

    @Test func `a secret that is bound to a repository opens nothing else`() async throws {
        try await House.with { (house: House) async throws in
            let path = "/webhooks/generic"
            #expect(try await house.call(.post, path, body(), token: "fesselung").status == 401)
            #expect(try await house.call(.post, path, body(repo: "O/Bound"), token: "fesselung").status == 202)
        }
    }

    @Test func `a signal names the server by its public address`() async throws {
        try await House.with { (house: House) async throws in
            let signal = """
                {"kind": "pipeline", "server": "http://WOODPECKER:8000/", "repo": "o/r", "number": 7, "status": "success"}
                """
            let answer = try await house.call(.post, "/api/v1/signals", signal, token: "s")
            #expect(answer.status == 202)
            #expect(answer.json["matched"] == [])
            #expect(answer.json["id"]?.intValue != nil)
        }
        let names = ServerNames(url: "http://woodpecker:8000", publicURL: "https://ci.example.com")
        let inside = Signal(kind: .pipeline, server: "http://WOODPECKER:8000/", status: "success")
        let elsewhere = Signal(kind: .pipeline, server: "https://other.example.com", status: "success")
        #expect(names.withPublicName(inside).server == "https://ci.example.com")
        #expect(names.withPublicName(elsewhere) == elsewhere)
    }

    @Test func `a signal that lacks something is told all of it`() async throws {
        try await House.with { (house: House) async throws in
            let answer = try await house.call(.post, "/api/v1/signals", #"{"kind": "step"}"#)
            #expect(answer.status == 400)
            #expect(answer.json["errors"]?.arrayValue?.count == 5)
        }
    }
}
