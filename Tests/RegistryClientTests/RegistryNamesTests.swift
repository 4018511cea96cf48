import Testing

@testable import RegistryClient

@Suite("Names of registries and images")
struct RegistryNamesTests {
    @Test(
        "an image's name leads to an address, a repository and a tag or digest",
        arguments: [
            ("registry.example.com/team/app:1.2", "https://registry.example.com", "team/app", "1.2"),
            ("registry.example.com:5000/app@sha256:ab", "https://registry.example.com:5000", "app", "sha256:ab"),
            ("localhost:5000/a/b:1", "http://localhost:5000", "a/b", "1"),
            ("127.0.0.1/a:1", "http://127.0.0.1", "a", "1"),
            ("[::1]:5000/a:1", "http://[::1]:5000", "a", "1"),
            ("localhost.example/a:1", "https://localhost.example", "a", "1"),
            ("127.example.com/a:1", "https://127.example.com", "a", "1"),
            ("docker.io/alpine:3", "https://registry-1.docker.io", "library/alpine", "3"),
            ("docker.io/library/alpine:3", "https://registry-1.docker.io", "library/alpine", "3"),
            ("index.docker.io/octo/app:3", "https://registry-1.docker.io", "octo/app", "3"),
            ("octo/app:3", "https://registry-1.docker.io", "octo/app", "3"),
        ])
    func images(text: String, url: String, repository: String, reference: String) throws {
        let image = try #require(ImageReference(text))
        #expect(image.registry.url == url)
        #expect(image.repository == repository)
        #expect(image.reference == reference)
    }

    @Test(
        "plain HTTP is for loopback, or for a registry where it was asked for; never for Docker Hub by its short name")
    func plainHTTP() throws {
        #expect(try #require(ImageReference("r.example/a:1", plainHTTP: true)).registry.url == "http://r.example")
        #expect(try #require(ImageReference("octo/a:1", plainHTTP: true)).registry.usesTLS)
    }

    @Test(arguments: ["app:1", "r.example/app", "r.example:5000/app", "/app:1", "r.example/:1", "r.example/app:"])
    func `what names no registry, image and tag is refused`(text: String) {
        #expect(ImageReference(text) == nil)
    }

    @Test(
        "of several challenges the stronger is taken",
        arguments: [
            ([#"Basic realm="x""#], .basic),
            (
                [#"Basic realm="x""#, #"bearer realm="https://t/x",service="a, b",scope="repository:a:pull,push""#],
                .bearer(realm: "https://t/x", service: "a, b", scope: "repository:a:pull,push")
            ),
            ([#"Bearer  service="s", realm="https://t""#], .bearer(realm: "https://t", service: "s", scope: nil)),
            (["Bearer", "Bearer realm=", #"Bearer realm="""#, "Negotiate", ""], nil), ([], nil),
        ] as [([String], RegistryChallenge?)])
    func challenges(headers: [String], expected: RegistryChallenge?) {
        #expect(RegistryChallenge(headers) == expected)
    }
}
