import Glibc

/// What has to be true of a path before SQLite may touch it.
package enum FileSystem {
    /// The file systems over a network, by the names that Linux's mount table uses.
    private static let overNetwork: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "coda", "ceph", "glusterfs", "lustre", "fuse.sshfs",
        "fuse.glusterfs", "fuse.s3fs", "fuse.rclone",
    ]

    /// The type of the network file system that a folder lies on, by the text of `/proc/self/mountinfo`; nil for a
    /// local one. The longest mount point that holds the folder counts, and of equal ones the last.
    package static func networkType(of folder: String, mounts: String) -> String? {
        var best: (length: Int, type: String) = (-1, "")
        for line in mounts.split(separator: "\n") {
            // ID parent major:minor root POINT options [fields…] - TYPE source options
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
            let point = unescaped(fields[4])
            let isHolder = point == "/" || folder == point || folder.hasPrefix(point + "/")
            if isHolder, point.count >= best.length { best = (point.count, String(fields[dash + 1])) }
        }
        return overNetwork.contains(best.type) ? best.type : nil
    }

    /// The kernel writes blanks in mount points as octal escapes.
    private static func unescaped(_ field: Substring) -> String {
        [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")].reduce(String(field)) {
            $0.replacing($1.0, with: $1.1)
        }
    }

    static func networkType(of folder: String) -> String? {
        guard let resolved = realpath(folder, nil) else { return nil }
        defer { free(resolved) }
        return networkType(of: String(cString: resolved), mounts: contents(of: "/proc/self/mountinfo"))
    }

    private static func contents(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    static func isDirectory(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    static func isWritable(_ path: String) -> Bool {
        access(path, W_OK) == 0
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
