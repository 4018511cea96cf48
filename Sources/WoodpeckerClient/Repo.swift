package import SagaCore

/// A repository as Woodpecker knows it.
package struct Repo: Hashable, Sendable {
    /// Stays when the repository is renamed.
    package var id: Int64
    package var fullName: String
    package var defaultBranch: String
    package var forgeURL: String
    package var active: Bool

    /// Nil without an id.
    package init?(_ json: JSONValue) {
        guard let id = json["id"]?.intValue else { return nil }
        self.id = id
        fullName = json.string("full_name")
        defaultBranch = json.string("default_branch")
        forgeURL = json.string("forge_url")
        active = json["active"]?.boolValue ?? false
    }
}

/// Who a token belongs to.
package struct User: Hashable, Sendable {
    package var id: Int64
    package var login: String
    package var isAdmin: Bool

    /// Nil without a login.
    package init?(_ json: JSONValue) {
        guard let login = json.word("login") else { return nil }
        id = json["id"]?.intValue ?? 0
        self.login = login
        isAdmin = json["admin"]?.boolValue ?? false
    }
}
