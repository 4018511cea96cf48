/// Why a store cannot be used, each with the path and the cure.
package enum StoreError: Error, Hashable, Sendable {
    case missing(path: String)
    case noDirectory(path: String, directory: String)
    case isDirectory(path: String)
    case notWritable(path: String)
    case networkFileSystem(path: String, type: String)
    case notADatabase(path: String)
    case foreign(path: String)
    case newer(path: String)
    case corrupt(path: String, detail: String)
    case full(path: String)
    case busy(path: String)
    case failed(path: String, detail: String)

    package var message: String {
        switch self {
        case .missing(let path):
            "there is no store at \(path): check the path, or start a receiver or plugin with it once"
        case .noDirectory(let path, let directory):
            "the store \(path) cannot be created: the folder \(directory) does not exist; create it or mount the volume"
        case .isDirectory(let path):
            "the store \(path) is a folder, not a file: name a file in it, such as \(path)/saga.db"
        case .notWritable(let path):
            "the store \(path) cannot be written: make the file and its folder writable for this user"
        case .networkFileSystem(let path, let type):
            "the store \(path) is on a network file system (\(type)), where SQLite's locks do not hold; "
                + "put it on a local disk, or use the 'receiver' setting instead of 'store'"
        case .notADatabase(let path):
            "\(path) is not a SQLite database: it was left as it is; choose another path or restore a backup"
        case .foreign(let path):
            "\(path) is a SQLite database of another program: it was left as it is; choose another path"
        case .newer(let path):
            "the store \(path) was written by a newer version of woodpecker-saga: it was left as it is; "
                + "use that version or a newer one"
        case .corrupt(let path, let detail):
            "the store \(path) is corrupt (\(detail)): it was left as it is; restore a backup"
        case .full(let path):
            "the disk of the store \(path) is full: make room, nothing that was accepted is lost"
        case .busy(let path):
            "the store \(path) is locked by another process for too long: it goes on as soon as that one lets go; "
                + "look for a backup or an SQL shell that keeps a transaction open"
        case .failed(let path, let detail):
            "the store \(path) failed: \(detail)"
        }
    }
}

extension StoreError: CustomStringConvertible {
    /// Whoever knows no more than that it is an error still tells people its sentence.
    package var description: String { message }
}
