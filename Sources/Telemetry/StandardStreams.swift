import Glibc

/// Where a program's own lines go.
package enum StandardStreams {
    /// Writes one line to standard error, in one piece where the kernel allows it, so that lines never mix.
    package static func error(_ line: String) {
        write(line + "\n", to: STDERR_FILENO)
    }

    /// Writes one line to standard output, unbuffered: who started the program may be waiting for it.
    package static func output(_ line: String) {
        write(line + "\n", to: STDOUT_FILENO)
    }

    /// Writes text as it is to standard output, for a terminal that is drawn on.
    package static func draw(_ text: String) {
        write(text, to: STDOUT_FILENO)
    }

    private static func write(_ text: String, to file: Int32) {
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let written = bytes[start...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            // A closed pipe or a full disk must not stop the work that is being told about.
            guard written > 0 || errno == EINTR else { return }
            start += max(0, written)
        }
    }
}
