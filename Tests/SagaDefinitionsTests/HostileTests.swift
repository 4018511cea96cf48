import SagaDefinitions
import Testing

/// Large definitions made to be slow: the reader's work grows with the text, not with its square.
@Suite(.timeLimit(.minutes(1))) struct HostileTests {
    struct Text: CustomTestStringConvertible, Sendable {
        var kind: String
        var text: String
        var isSound: Bool

        init(_ kind: String, _ text: String, _ isSound: Bool) {
            (self.kind, self.text, self.isSound) = (kind, text, isSound)
        }

        var testDescription: String { kind }
    }

    private static let room = 250_000

    private static func repeated(_ text: (Int) -> String) -> String {
        var out = ""
        var number = 0
        while out.utf8.count < room {
            out += text(number)
            number += 1
        }
        return out
    }

    /// 500 steps, each with the dependencies that `links` gives for its number.
    private static func steps(_ links: (Int) -> ClosedRange<Int>?) -> String {
        let lines = (0..<500).map { number in
            let names = links(number).map { $0.map { "s\($0)" }.joined(separator: ",") } ?? ""
            return "- {name: s\(number), action: approval, depends_on: [\(names)]}\n"
        }
        return "name: a\nsteps:\n" + lines.joined()
    }

    private static let step = "steps: [{name: s, action: approval}]"

    @Test(
        arguments: [
            Text("unknown keys", repeated { "key\($0): 1\n" }, false),
            Text("one key over and over", repeated { _ in "a: 1\n" }, false),
            Text("variables", "name: a\n\(step)\nvars: {" + repeated { "k\($0): 1, " } + "}", true),
            Text(
                "templates in a line",
                "name: a\nsteps: [{name: s, action: shell, config: {command: '"
                    + repeated { "{{ vars.x\($0) }}" } + "'}}]", false
            ),
            Text(
                "templates in a block",
                "name: a\nsteps:\n- name: s\n  action: shell\n  config:\n    command: |\n      "
                    + repeated { "{{ outputs.x\($0).y }}" }, false
            ),
            Text(
                "unknown dependencies",
                "name: a\nsteps: [{name: s, action: approval, depends_on: [" + repeated { "t\($0), " } + "]}]", false
            ),
            Text("too many steps", "name: a\nsteps:\n" + repeated { "- {name: s\($0), action: approval}\n" }, false),
            Text("a dense graph", steps { $0 == 0 ? nil : max(0, $0 - 90)...($0 - 1) }, true),
            Text("a knot", steps { max(0, $0 - 5)...min(499, $0 + 60) }, false),
            Text("JSON in one line", "{" + repeated { "\"k\($0)\":[],\t" } + "\"name\":\"a\"}", false),
        ])
    func `A large definition is answered soon`(text: Text) {
        #expect(problems(text.text).isEmpty == text.isSound)
    }
}
