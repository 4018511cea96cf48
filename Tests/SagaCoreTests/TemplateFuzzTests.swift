import SagaCore
import TestSupport
import Testing

/// Templates put together and broken at random: each is rendered or refused with a sentence, in bounded time and size.
@Suite struct TemplateFuzzTests {
    private static let pieces = [
        "{{", "}}", "{{ ", " }}", "{", "}", "vars.v", "vars.list[0]", "vars.list[99999999999999999999]", "outputs.a.b",
        "outputs.a[-1]", "saga.id", "step.attempt", "ci.CI_REPO", "secrets.S", " | ", "|json", "| url", "| sh",
        "| default(\"x\")", "| default(\"", "default(", ")", "\"", "\\", ".", "..", "[", "]", "[0]", " ", "\n", "\0",
        "é", "👩‍👩‍👧", "a",
        "vars", "vars.", "}}{{", "| nothing", "'", "$(id)", "`", "%00",
    ]

    private static var context: TemplateContext {
        TemplateContext(
            vars: ["v": "it's \"quoted\"", "list": [1, ["deep": .null], true]],
            outputs: ["a": ["b": ["c": .double(0.5)]]], sagaID: "id", sagaName: "name", stepName: "step", attempt: 2,
            idempotencyKey: "id/step/1", ci: ["CI_REPO": "o/r"], secret: { $0 == "S" ? "hidden!" : nil })
    }

    @Test func whateverIsWrittenIsRenderedOrRefused() throws {
        var dice = Dice.forFuzzing("templates")
        var rendered = 0
        var refused = 0
        for _ in 0..<20_000 {
            var text = dice.once(in: 2) ? "{{ " : ""
            for _ in 0...dice.number(0...9) {
                text += Self.pieces.randomElement(using: &dice) ?? ""
            }
            if dice.once(in: 2) { text += " }}" }
            do {
                let value = try JSONValue.string(text).rendered(in: Self.context)
                rendered += 1
                #expect(value.json.utf8.count < 100 * (text.utf8.count + 20), "\(text)")
                if !Template.isIn(text) { #expect(value == .string(text), "what is no template stays as it is") }
            } catch {
                refused += 1
                #expect(!"\(error)".isEmpty)
                #expect(!"\(error)".contains("hidden!"), "an error tells a secret: \(text)")
            }
        }
        #expect(rendered > 1000 && refused > 1000, "\(rendered) rendered, \(refused) refused")
    }

    /// Whatever a value holds, the shell that reads it quoted sees one word with just that text.
    @Test func whatIsQuotedForAShellStaysOneWord() throws {
        var dice = Dice.forFuzzing("shell words")
        for _ in 0..<5000 {
            let scalars = (0..<dice.number(0...12)).compactMap { _ in
                Unicode.Scalar(UInt32(dice.number(dice.once(in: 4) ? 0x80...0x2FFF : 0x01...0x7F)))
            }
            let value = String(String.UnicodeScalarView(scalars))
            let context = TemplateContext(vars: ["v": .string(value)], sagaID: "", sagaName: "", ci: [:])
            let quoted = try JSONValue.string("{{ vars.v | sh }}").rendered(in: context).text
            #expect(Self.unquoted(quoted) == value, "\(Array(value.unicodeScalars))")
        }
    }

    /// What POSIX says of single quotes and of a backslash outside of them; nil where something is left unquoted.
    private static func unquoted(_ text: String) -> String? {
        var result = String.UnicodeScalarView()
        var isQuoted = false
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                result.append(scalar)
                isEscaped = false
            } else if scalar == "'" {
                isQuoted.toggle()
            } else if isQuoted {
                result.append(scalar)
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || "-_./:=@%+,".unicodeScalars.contains(scalar)
            {
                result.append(scalar)
            } else {
                return nil
            }
        }
        return isQuoted || isEscaped ? nil : String(result)
    }
}
