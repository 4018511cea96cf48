import SagaCore

/// When an open wait is read the next time without a signal.
///
/// All waits of one repository have the same moments, so that one list answers them all; the repositories are spread
/// over the interval by their names, the same in every process.
enum ReadSchedule {
    /// Never sooner than half an interval from now, so that what was just read for a signal is left alone.
    static func next(for repo: String, every interval: Duration, after now: Moment) -> Moment {
        let length = max(1, interval.inMilliseconds)
        // FNV-1a.
        let hash = repo.lowercased().utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        let offset = Int64(hash % UInt64(length))
        let earliest = now.milliseconds + length / 2
        let rounds = (earliest - offset + length - 1) / length
        return Moment(milliseconds: rounds * length + offset)
    }
}
