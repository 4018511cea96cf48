import ArgumentParser
import SagaCore

/// Values for a definition's variables.
struct VariableOptions: ParsableArguments {
    @Option(
        name: .customLong("var"),
        help: ArgumentHelp("A variable's value, as text. May be repeated.", valueName: "name=value"))
    var pairs: [Pair] = []

    @Option(name: .customLong("vars-json"), help: "Variables as a JSON object, for values that are no text.")
    var object: Variables?

    /// Those of `--var` over those of `--vars-json`.
    var values: [String: JSONValue] {
        (object?.values ?? [:]).merging(pairs.map { ($0.name, .string($0.value)) }) { _, last in last }
    }

    func validate() throws {
        let names = pairs.map(\.name)
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw ValidationError("--var \(twice) is given twice.")
        }
    }

    struct Pair: ExpressibleByArgument {
        var name: String
        var value: String

        init?(argument: String) {
            guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex else { return nil }
            name = String(argument[..<sign])
            value = String(argument[argument.index(after: sign)...])
        }
    }

    struct Variables: ExpressibleByArgument {
        var values: [String: JSONValue]

        init?(argument: String) {
            guard let values = (try? JSONValue(parsing: argument))?.objectValue else { return nil }
            self.values = values
        }
    }
}
