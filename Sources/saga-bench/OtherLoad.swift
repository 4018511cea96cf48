import Glibc

/// How much of the machine other programs used while something was measured: what is not quiet is not comparable.
struct OtherLoad {
    private let busy: Double
    private let total: Double
    private let own: Double

    /// From now on.
    init() {
        // user nice system idle iowait irq softirq steal …, in ticks of all cores since the machine started
        let line = Machine.contents(of: "/proc/stat").split(separator: "\n").first ?? ""
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        total = ticks.reduce(0, +)
        busy = total - ticks.dropFirst(3).prefix(2).reduce(0, +)
        // After the name in parentheses: state is the 3rd field, utime stime cutime cstime the 14th to 17th.
        let fields = Machine.contents(of: "/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
        own = fields.dropFirst(11).prefix(4).compactMap { Double($0) }.reduce(0, +)
    }

    /// The share of all cores that others used since then, from 0 to 1.
    var share: Double {
        let now = OtherLoad()
        guard now.total > total else { return 0 }
        return max(0, (now.busy - busy - (now.own - own)) / (now.total - total))
    }
}
