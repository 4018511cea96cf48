import FoundationEssentials
import GRDBSQLite
import Glibc

/// What the figures were measured on.
enum Machine {
    static func lines(folder: String) -> [String] {
        [
            "machine  \(processor), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores, \(memory)",
            "kernel   \(contents(of: "/proc/sys/kernel/osrelease").trimmed)",
            "disk     \(fileSystem(of: folder))",
            "SQLite   \(String(cString: sqlite3_libversion())), WAL, synchronous = FULL",
            "load     \(contents(of: "/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " ")) "
                + "before measuring (1, 5, 15 minutes)",
        ]
    }

    private static var processor: String {
        let line = contents(of: "/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
        return line.flatMap { $0.split(separator: ":").last.map { String($0).trimmed } } ?? "unknown CPU"
    }

    private static var memory: String {
        let line = contents(of: "/proc/meminfo").split(separator: "\n").first { $0.hasPrefix("MemTotal") }
        let kilobytes = line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Double($0) }
        return kilobytes.map { "\(($0 / 1_048_576).shown(1)) GiB" } ?? "unknown memory"
    }

    /// The device and file system of the mount that holds a folder: the longest mount point, of equal ones the last.
    private static func fileSystem(of folder: String) -> String {
        var best: (length: Int, text: String) = (-1, "unknown")
        for line in contents(of: "/proc/mounts").split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2 else { continue }
            let point = String(fields[1])
            guard point == "/" || folder == point || folder.hasPrefix(point + "/"), point.count >= best.length else {
                continue
            }
            best = (point.count, "\(fields[0]), \(fields[2])")
        }
        return best.text
    }

    static func contents(of path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
