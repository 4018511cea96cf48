import Glibc

/// Where a program's own lines go.
package enum StandardStreams {
    /// Writes one line to standard error, in one piece where the kernel allows it, so that lines never mix.
    package static func error(_ line: String) {
        write(line, to: STDERR_FILENO)
    }

    /// Writes one line to standard output, unbuffered: who started the program may be waiting for it.
    package static func output(_ line: String) {
        write(line, to: STDOUT_FILENO)
    }

    private static func write(_ line: String, to file: Int32) {
        let bytes = Array(line.utf8) + [UInt8(ascii: "\n")]
        var start = 0
        while start < bytes.count {
            let written = bytes[start...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            // A closed pipe or a full disk must not stop the work that is being told about.
            guard written > 0 || errno == EINTR else { return }
            start += max(0, written)
        }
    }
}
