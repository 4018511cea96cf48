import HTTPTransport
import SagaCore

/// Which hosts `api` steps may call.
///
/// A URL may hold what a pipeline's output said, so by default the addresses that only serve the machine's own
/// cloud account are closed. Names that lead there are closed by the transport when it connects.
struct HostRule {
    var allowed: [String]

    func check(_ url: String) throws(Failure) {
        guard let address = HTTPAddress(url) else {
            throw Failure(.permanent, "config.url is no absolute http or https URL")
        }
        guard permits(address.host) else {
            throw Failure(
                .permanent,
                allowed.isEmpty
                    ? "\(address.host) is a link-local or metadata address, which api steps may not call"
                    : "\(address.host) is not among the hosts of SAGA_ALLOWED_HOSTS")
        }
    }

    func permits(_ host: String) -> Bool {
        if !allowed.isEmpty {
            let plain = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
            return allowed.contains { Glob($0.lowercased()).matches(host) || Glob($0.lowercased()).matches(plain) }
        }
        return !Self.isMetadata(host)
    }

    private static func isMetadata(_ host: String) -> Bool {
        var bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        while bare.hasSuffix(".") { bare.removeLast() }
        let octets = bare.split(separator: ".", omittingEmptySubsequences: false)
        let isIPv4 = octets.count == 4 && octets.allSatisfy { UInt8($0) != nil }
        let names = ["metadata", "metadata.google.internal", "instance-data"]
        return isIPv4 && bare.hasPrefix("169.254.") || bare.hasPrefix("::ffff:a9fe:")
            || bare.hasPrefix("fe8") && bare.contains(":")
            || bare.hasPrefix("fe9") && bare.contains(":") || bare.hasPrefix("fea") && bare.contains(":")
            || bare.hasPrefix("feb") && bare.contains(":") || bare == "fd00:ec2::254" || bare == "100.100.100.200"
            || bare.hasPrefix("::ffff:169.254.") || names.contains(bare)
    }
}
