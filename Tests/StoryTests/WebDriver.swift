import FoundationEssentials
import HTTPTransport
import SagaCore
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// A real browser, driven by the W3C's WebDriver protocol: Debian's Chromium without a window.
struct WebDriver: Sendable {
    static let chromedriver = "/usr/bin/chromedriver"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: chromedriver)

    /// The address of the session.
    private let session: String
    private let http: CurlClient

    struct Failure: Error {
        var what: String
        /// As the protocol names it.
        var code: String?
    }

    /// Runs the body beside a browser that has never been anywhere; its files are gone afterwards.
    static func with(_ body: @Sendable (WebDriver) async throws -> Void) async throws {
        try await Programs.withFolder { folder in
            let http = CurlClient(userAgent: "story")
            defer { http.close() }
            _ = try await Subprocess.run(
                .path(FilePath(chromedriver)), arguments: ["--port=0"],
                environment: Programs.custom(["HOME": folder, "TMPDIR": folder]),
                workingDirectory: FilePath(folder), input: .none, output: .sequence, error: .discarded
            ) { execution in
                let url = "http://127.0.0.1:\(try await port(execution.standardOutput))"
                let driver = WebDriver(session: try await start(url, folder, http), http: http)
                let result: Result<Void, any Error>
                do {
                    // Away from the browser's own first page, and what it loads.
                    try await driver.open("about:blank")
                    for kind in ["browser", "performance"] { _ = try await driver.log(kind) }
                    result = .success(try await body(driver))
                } catch {
                    result = .failure(error)
                }
                // The browser first: it would outlive its driver.
                _ = try? await driver.command("DELETE", "")
                try? execution.send(signal: .terminate)
                try result.get()
            }
        }
    }

    private static func port(_ output: SubprocessOutputSequence) async throws -> Int {
        var text = ""
        for try await chunk in output {
            text += chunk.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            if let match = text.firstMatch(of: /successfully on port ([0-9]+)\./), let port = Int(match.1) {
                return port
            }
        }
        throw Failure(what: "chromedriver did not start: \(text)")
    }

    private static func start(_ url: String, _ folder: String, _ http: CurlClient) async throws -> String {
        let arguments: JSONValue = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", .string("--user-data-dir=\(folder)/profile"),
        ]
        let answer = try await send(
            http, "POST", url + "/session",
            [
                "capabilities": [
                    "alwaysMatch": [
                        "browserName": "chrome", "goog:chromeOptions": ["args": arguments],
                        "goog:loggingPrefs": ["browser": "ALL", "performance": "ALL"],
                    ]
                ]
            ])
        guard let id = answer["sessionId"]?.stringValue else { throw Failure(what: "no session: \(answer.json)") }
        return "\(url)/session/\(id)"
    }

    private static func send(
        _ http: CurlClient, _ method: String, _ url: String, _ body: JSONValue?
    ) async throws -> JSONValue {
        let answer = try await http.send(
            HTTPRequest(
                method, url, headers: ["Content-Type": "application/json"], body: body.map { Array($0.json.utf8) },
                timeout: .seconds(60), maxBodyBytes: 64 << 20))
        let value = try JSONValue(parsing: answer.body)["value"] ?? .null
        guard answer.status == 200 else {
            throw Failure(
                what: "\(method) \(url): \(value.json.prefix(600))", code: value["error"]?.stringValue)
        }
        return value
    }

    @discardableResult
    func command(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
        try await Self.send(http, method, session + path, method == "POST" ? body ?? [:] : nil)
    }

    func open(_ address: String) async throws {
        try await command("POST", "/url", ["url": .string(address)])
    }

    var address: String {
        get async throws { try await command("GET", "/url").stringValue ?? "" }
    }

    /// What the script returns.
    @discardableResult
    func run(_ script: String, _ arguments: JSONValue...) async throws -> JSONValue {
        try await command("POST", "/execute/sync", ["script": .string(script), "args": .array(arguments)])
    }

    /// What the promise in the expression comes to.
    func await(_ expression: String) async throws -> JSONValue {
        let script = "const done = arguments[0]; (\(expression)).then(done, (error) => done(String(error)))"
        return try await command("POST", "/execute/async", ["script": .string(script), "args": []])
    }

    /// Waits until an expression is true in the page, which may be another one by then; where it fails, for want of an
    /// element, it is not true yet.
    func wait(for expression: String, _ location: SourceLocation = #_sourceLocation) async throws {
        var last = ""
        let isReached = try await Pause.until(.seconds(60)) {
            do {
                return try await run("return !!(\(expression))") == true
            } catch let failure as Failure where failure.code == "javascript error" {
                last = failure.what
                return false
            }
        }
        let place = try await address
        try #require(isReached, "\(expression), in \(place) \(last)", sourceLocation: location)
    }

    func click(_ selector: String) async throws {
        try await act(on: selector, "click")
    }

    func type(_ text: String, into selector: String) async throws {
        try await act(on: selector, "value", ["text": .string(text)])
    }

    /// Waits for the element, whose page may not be there yet; a page that follows events may also put another one in
    /// its place in between.
    private func act(on selector: String, _ action: String, _ body: JSONValue = [:]) async throws {
        var last = Failure(what: "no \(selector)")
        let isDone = try await Pause.until(.seconds(30)) {
            do {
                let found = try await command(
                    "POST", "/element", ["using": "css selector", "value": .string(selector)])
                let id = found.objectValue?.values.first?.stringValue ?? ""
                try await command("POST", "/element/\(id)/\(action)", body)
                return true
            } catch let failure as Failure where Self.passing.contains(failure.code) {
                last = failure
                return false
            }
        }
        if !isDone { throw last }
    }

    private static let passing: [String?] = ["no such element", "stale element reference", "element not interactable"]

    enum Key: String {
        case tab = "\u{E004}"
        case enter = "\u{E007}"
    }

    /// Presses a key, wherever the focus is.
    func press(_ key: Key) async throws {
        let actions: JSONValue = [
            ["type": "keyDown", "value": .string(key.rawValue)], ["type": "keyUp", "value": .string(key.rawValue)],
        ]
        try await command("POST", "/actions", ["actions": [["type": "key", "id": "keyboard", "actions": actions]]])
    }

    /// A command of Chromium's own protocol.
    func tool(_ name: String, _ parameters: JSONValue) async throws {
        try await command("POST", "/goog/cdp/execute", ["cmd": .string(name), "params": parameters])
    }

    func resize(width: Int) async throws {
        try await tool(
            "Emulation.setDeviceMetricsOverride",
            ["width": .int(Int64(width)), "height": 800, "deviceScaleFactor": 1, "mobile": false])
    }

    func prefer(_ scheme: String) async throws {
        try await tool(
            "Emulation.setEmulatedMedia", ["features": [["name": "prefers-color-scheme", "value": .string(scheme)]]])
    }

    /// What the browser has logged since it was asked last: `browser` is its console, `performance` its requests.
    func log(_ kind: String) async throws -> [JSONValue] {
        try await command("POST", "/se/log", ["type": .string(kind)]).arrayValue ?? []
    }
}
