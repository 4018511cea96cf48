import SagaClient
import SagaCore
import SagaDefinitions

extension Plugin {
    /// Checks the definition and shows its plan; needs no receiver and no store.
    func validate() throws(Ending) -> ProgramExit {
        let source = try DefinitionSource(settings.text(.saga) ?? "", in: surroundings)
        _ = try checked(source, otherwise: .failed)
        return .ok
    }

    /// Checks everything that starting would check, as far as that can be known without doing it.
    func dryStart(_ source: DefinitionSource) throws(Ending) -> ProgramExit {
        let definition = try checked(source, otherwise: .misuse)
        let vars = settings.map(.vars)
        var problems = vars.keys.sorted().filter { name in !definition.vars.contains { $0.name == name } }
            .map { "the definition has no variable '\($0)' (vars.\($0))" }
        for variable in definition.vars where (vars[variable.name] ?? variable.standard ?? .null).isNull {
            problems.append("variable '\(variable.name)' has no default and was not given (vars.\(variable.name))")
        }
        guard problems.isEmpty else { throw Ending(.misuse, lines: problems) }
        let place = settings.text(.receiver) ?? settings.text(.store) ?? ""
        let key = settings.text(.idempotencyKey) ?? surroundings.idempotencyKey
        let standards = definition.vars.map { ($0.name, $0.standard ?? .null) }
        let all = Dictionary(standards) { first, _ in first }.merging(vars) { _, given in given }
        return wouldDo(
            "start saga '\(definition.name)' in \(place) with vars \(JSONValue.object(all).json)"
                + (key.map { " under the key '\($0)'" } ?? "") + (settings.flag(.wait) ? " and wait for it" : ""))
    }

    private func checked(_ source: DefinitionSource, otherwise status: ProgramExit) throws(Ending) -> Definition {
        do throws(DefinitionProblems) {
            let checked = try source.read()
            for line in source.lines(ofWarnings: checked.warnings) { console.complain(line) }
            let plan = Plan(checked.definition)
            console.print("\(source.file): saga '\(checked.definition.name)' is valid")
            console.print("order: " + plan.order.map { $0.joined(separator: ", ") }.joined(separator: " → "))
            for rollback in plan.rollback where !rollback.undo.isEmpty {
                console.print("if \(rollback.failed) fails: undo " + rollback.undo.joined(separator: ", "))
            }
            return checked.definition
        } catch {
            let count = error.problems.count
            let lines = source.lines(error) + ["\(source.file): \(count) problem\(count == 1 ? "" : "s")"]
            guard settings.action == .validate else { throw Ending(status, lines: lines) }
            // Here they are what was asked for.
            for line in lines { console.print(line) }
            throw Ending(status)
        }
    }
}
