import SagaCore
import Testing

@testable import Webhooks

@Suite("What a commit status links to and is called")
struct LinkTests {
    @Test(
        "Pipeline links are taken apart, nothing else is",
        arguments: [
            ("https://ci.example.org/repos/3/pipeline/9/1", "https://ci.example.org 3 9 1"),
            ("https://ci.example.org/repos/3/pipeline/9", "https://ci.example.org 3 9 -"),
            ("HTTP://CI.Example.org:80/a/repos/b/repos/3/pipeline/9/?x=1#l", "http://ci.example.org/a/repos/b 3 9 -"),
            ("https://ci.example.org@evil.example/repos/3/pipeline/9", "https://evil.example 3 9 -"),
            ("https://ci.example.org/repos/3/pipelines/9", nil),
            ("https://ci.example.org/repos/3/pipeline/9/1/2", nil),
            ("https://ci.example.org/repos/3/pipeline/9/errors", nil),
            ("https://ci.example.org/repos/+3/pipeline/9", nil),
            ("https://ci.example.org/repos/0/pipeline/9", nil),
            ("https://ci.example.org/repos/3/pipeline/99999999999999999999", nil),
            ("https:///repos/3/pipeline/9", nil), ("/repos/3/pipeline/9", nil), ("ftp://h/repos/3/pipeline/9", nil),
            ("https://", nil), ("", nil), ("://", nil),
        ] as [(String, String?)])
    func links(url: String, expected: String?) {
        let link = WoodpeckerLink(url)
        let text = link.map { "\($0.server) \($0.repoID) \($0.number) \($0.workflowNumber.map(String.init) ?? "-")" }
        #expect(text == expected)
    }

    @Test(
        "Contexts in the default format give event and workflow",
        arguments: [
            ("ci/woodpecker/push/build", "push", "build"), ("ci/woodpecker/pr/build/2", "pull_request", "build"),
            ("ci/woodpecker/push/7", "push", "7"), ("our-ci/tag/release", "tag", "release"),
            ("ci/woodpecker/push/push", "push", "push"), ("build", nil, "build"), ("push/build", nil, "push/build"),
            ("ci/woodpecker/push", nil, "ci/woodpecker/push"), ("", nil, nil),
        ] as [(String, String?, String?)])
    func contexts(context: String, event: String?, workflow: String?) {
        #expect(StatusContext(context).event == event)
        #expect(StatusContext(context).workflow == workflow)
    }

    @Test(
        "A forge's address is its repository's page without the repository",
        arguments: [
            ("https://Git.example.org/crew/App", "crew/app", "https://git.example.org"),
            ("https://example.org/git/crew/app/", "crew/app", "https://example.org/git"),
            ("https://example.org:8443/x/y", "crew/app", "https://example.org:8443"), ("nonsense", "crew/app", ""),
        ])
    func instances(page: String, repository: String, expected: String) {
        #expect(ForgeWords.instance(of: page, repository: repository) == expected)
    }
}
