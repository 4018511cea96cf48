extension Saga {
    /// Why it did not complete, for people; where undoing failed, also which undos failed, and why.
    package var errorInWords: String? {
        guard status == .compensationFailed else { return error }
        let undos = definition.steps.filter { $0.role == .compensation }.compactMap { step($0.name) }
        let failed = undos.filter { $0.status == .failed }.map { "undo '\($0.name)' failed: \($0.error ?? "")" }
        return ([error].compactMap(\.self) + failed).joined(separator: "; ")
    }
}
