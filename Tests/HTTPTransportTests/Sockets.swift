import Glibc
import Synchronization

/// A loopback port whose connections the kernel takes while no program ever reads them.
struct SilentPort {
    let port: Int
    private let descriptor: Int32
    private let left = Left()

    private final class Left: Sendable {
        let descriptors = Mutex<[Int32]>([])
    }

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let number = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic -> Int in
                guard bind(descriptor, generic, size) == 0, listen(descriptor, 8) == 0,
                    getsockname(descriptor, generic, &size) == 0
                else { return 0 }
                return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin_port))
                }
            }
        }
        guard number != 0 else { throw SocketError() }
        port = number
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Takes the next connection, reads what came, and hangs up without a word, or with `answer`.
    func takeOne(answering answer: String = "") async throws -> String {
        let connection = try await take()
        defer { Glibc.close(connection) }
        let text = try await read(connection)
        _ = answer.withCString { write(connection, $0, strlen($0)) }
        return text
    }

    /// Takes the next connection and its first line, and then says nothing more until the port is closed.
    func takeOneRequestLine() async throws -> String {
        let connection = try await take()
        left.descriptors.withLock { $0.append(connection) }
        return String(try await read(connection).prefix { !$0.isNewline })
    }

    /// Takes the next connection, reads the request, answers, and keeps the connection open.
    func takeAndHold(answering answer: String) async throws -> Int32 {
        let connection = try await take()
        left.descriptors.withLock { $0.append(connection) }
        _ = try await read(connection)
        _ = answer.withCString { write(connection, $0, strlen($0)) }
        return connection
    }

    /// Whether the other side closes the connection before long.
    func isHungUp(_ connection: Int32) async -> Bool {
        guard await eventually({ isReadable(connection) }) else { return false }
        var byte: UInt8 = 0
        return Glibc.read(connection, &byte, 1) <= 0
    }

    private func take() async throws -> Int32 {
        guard await eventually({ isReadable(descriptor) }) else { throw SocketError() }
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { throw SocketError() }
        return connection
    }

    private func read(_ connection: Int32) async throws -> String {
        guard await eventually({ isReadable(connection) }) else { throw SocketError() }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(connection, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    /// Asked again and again rather than waited for: a blocked thread would be missing to the other tests.
    private func isReadable(_ descriptor: Int32) -> Bool {
        var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&question, 1, 0) == 1
    }

    func close() {
        for connection in left.descriptors.withLock({ $0 }) { Glibc.close(connection) }
        Glibc.close(descriptor)
    }
}

struct SocketError: Error {}
