import Glibc
import SagaCore

extension ShellActionTests {
    static func pids(_ text: JSONValue?) -> [Int32] {
        (text?.stringValue ?? "").split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    }

    /// Whether it runs; a process that ended and was not asked for its status yet does not.
    static func isAlive(_ pid: Int32) -> Bool {
        guard kill(pid, 0) == 0, let file = fopen("/proc/\(pid)/stat", "r") else { return false }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 512)
        guard fgets(&buffer, 512, file) != nil else { return false }
        let line = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return line.split(separator: ")").last?.split(separator: " ").first != "Z"
    }

    /// Ends a process by its number; whether there was one.
    static func end(_ pid: Int32) -> Bool { kill(pid, SIGKILL) == 0 }
}
