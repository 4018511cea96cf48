import Hummingbird
import SagaCore

/// The page before an operation: what will happen, and why it is wanted.
struct Confirmation {
    let name: String
    let saga: Saga
    let step: String?
    /// Why it was not done, and what was sent then: nobody has to write it again.
    var error: ProblemDetails?
    var sent: FormBody?

    func response(_ dashboard: Dashboard, _ visitor: Visitor) -> Response {
        let links = dashboard.links
        let text = OperationText(name)
        let what = step.map { "step \($0) of \(saga.name)" } ?? saga.name
        let back = links.saga(saga.id, step: step)
        let path = links.saga(saga.id) + (step.map { "/steps/\($0)" } ?? "") + "/\(name)"
        let alert: HTML? = error.map { "<p class=\"alert\" role=\"alert\">\(sentence($0.detail))</p>" }
        return Page(
            title: "\(text.title): \(what)", status: error?.status ?? .ok, visitor: visitor, place: .sagas
        ) {
            """
            <nav aria-label="Path"><a href="\(links("/"))">Sagas</a> / <a href="\(back)">\(saga.name)</a></nav>
            <h1>\(text.title): \(what)</h1>\(alert)
            <form method="post" action="\(path)" class="card narrow">
            <p>\(text.consequence(saga, step: step))</p>
            \(waiting)<p>Saga <code>\(saga.id)</code> is \(StatusBadge.of(saga)).</p>
            \(visitor.formField(dashboard.sessions))\(fields)
            <p class="choice"><button class="\(OperationButtons.isDangerous(name) ? "danger" : "primary")">\
            \(text.button(ofStep: step != nil))</button> <a href="\(back)">Leave it as it is</a></p>
            </form>
            """
        }.response(dashboard)
    }

    /// What is about to be decided.
    private var waiting: HTML? {
        step.flatMap { saga.step($0)?.wait }.map { "<p>\(sentence("it waits for \($0.title)"))</p>" }
    }

    private var fields: HTML {
        guard name != "delete" else { return "" }
        let isNeeded = name == "kill"
        return """
            \(output)\(variables)\(force)<label for="reason">Why\(isNeeded ? "" : " (optional)")</label>
            <textarea id="reason" name="reason" rows="2" maxlength="2000"\(isNeeded ? " required" : "") \
            aria-describedby="reason-help">\(sent?["reason"] ?? "")</textarea>
            <p class="quiet" id="reason-help">It stands in the journal, with your name.</p>
            """
    }

    private var output: HTML {
        guard name == "complete" else { return "" }
        return """
            <label for="output">Output, as JSON</label>
            <textarea id="output" name="output" class="code" rows="4" spellcheck="false">\(sent?["output"] ?? "{}")\
            </textarea>
            """
    }

    private var variables: HTML {
        guard name == "vars" else { return "" }
        let text = sent?["vars"] ?? JSONValue.object(saga.vars).prettyJSON
        let rows = min(max(text.count { $0 == "\n" } + 2, 6), 24)
        return """
            <label for="vars">Variables, as JSON</label>
            <textarea id="vars" name="vars" class="code" rows="\(rows)" spellcheck="false" \
            aria-describedby="vars-help">\(text)</textarea>
            <p class="quiet" id="vars-help">Those that you leave out, or leave as they are, keep their value.</p>
            """
    }

    private var force: HTML {
        guard name == "retry", saga.retryCount >= saga.definition.maxRetries else { return "" }
        let isChecked: HTML = sent?["force"] == "true" ? " checked" : ""
        return """
            <label class="check"><input type="checkbox" name="force" value="true" required\(isChecked)> Retry it \
            although it was retried \(saga.retryCount) times</label>
            """
    }
}
