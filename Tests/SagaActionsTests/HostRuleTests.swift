import SagaCore
import Testing

@testable import SagaActions

@Suite struct HostRuleTests {
    @Test(arguments: [
        "http://169.254.169.254/latest/meta-data", "http://2852039166/", "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://169.254.1.1", "http://[fe80::1]/", "http://[FEBF::1]/", "http://[fd00:ec2::254]/",
        "http://[::ffff:169.254.169.254]/", "http://[::ffff:a9fe:a9fe]/", "http://100.100.100.200/",
        "http://metadata.google.internal/computeMetadata/v1/", "http://METADATA/", "http://metadata.google.internal./",
        "http://user@169.254.169.254/", "http://ok.example@169.254.169.254/",
    ])
    func `metadata and link-local addresses are closed by default`(url: String) {
        #expect(throws: Failure.self) { try HostRule(allowed: []).check(url) }
    }

    @Test(arguments: [
        "http://127.0.0.1:8080/", "https://deploy.example.com/x", "http://10.0.0.1/", "http://[::1]:80/",
        "http://feed.example/", "http://febrile.example", "http://169.254.example.com/", "http://169.255.1.1/",
        "http://metadata.example.com/",
    ])
    func `all others are open by default`(url: String) throws {
        try HostRule(allowed: []).check(url)
    }

    @Test(arguments: [
        ("https://api.example.com/", true), ("https://API.Example.com:8443/", true), ("https://example.com/", false),
        ("https://api.example.com.evil.test/", false), ("http://10.1.2.3/", true), ("http://10.2.2.3/", false),
        ("http://[2001:db8::1]/", true), ("https://api.example.com@evil.test/", false),
        ("http://169.254.169.254/", false),
    ])
    func `with a list only its hosts are open`(url: String, open: Bool) {
        let rule = HostRule(allowed: ["*.Example.com", "10.1.*", "2001:db8::*"])
        #expect(((try? rule.check(url)) != nil) == open)
    }

    @Test func `a list opens link-local hosts that it names`() throws {
        try HostRule(allowed: ["169.254.169.254"]).check("http://169.254.169.254/x")
    }

    @Test func `a step that calls a closed host fails for good`() async throws {
        try await withBench { bench in
            let failure = try await bench.run(.api, ["url": "http://169.254.169.254/latest"]).failure
            #expect(failure.class == .permanent)
            #expect(failure.message.contains("169.254.169.254"))
        }
        try await withBench(ActionSettings(allowedHosts: ["*.example"])) { bench in
            let failure = try await bench.run(.api, ["url": "http://127.0.0.1:9/"]).failure
            #expect(failure.message == "127.0.0.1 is not among the hosts of SAGA_ALLOWED_HOSTS")
        }
    }
}
