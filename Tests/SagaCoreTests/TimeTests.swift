import SagaCore
import Testing

@Suite struct TimeTests {
    @Test(arguments: [
        ("2026-01-31T09:05:07.123Z", "2026-01-31T09:05:07.123Z"),
        ("2026-01-31T09:05:07Z", "2026-01-31T09:05:07.000Z"),
        ("2026-01-31t09:05:07.123456789z", "2026-01-31T09:05:07.123Z"),
        ("2026-01-31T10:35:07+01:30", "2026-01-31T09:05:07.000Z"),
        ("2016-08-12 15:23:28 UTC", "2016-08-12T15:23:28.000Z"),
        ("2016-08-12 17:23:28 +0200", "2016-08-12T15:23:28.000Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ])
    func timesAreReadAndPrinted(text: String, printed: String) throws {
        #expect(try #require(Moment(rfc3339: text)).description == printed)
    }

    @Test(arguments: [
        "", "now", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T09:05:07",
        "2026-01-31T09:05:07.Z", "2026-01-31T09:05:07Zx", "2026-01-31",
    ])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(Moment(rfc3339: text) == nil)
    }

    @Test func momentsSaturateInsteadOfOverflowing() {
        let late = Moment(milliseconds: .max)
        #expect(late + .seconds(1) == late)
        #expect(Moment(milliseconds: .min) + .seconds(-1) == Moment(milliseconds: .min))
    }

    @Test(arguments: [
        ("0", Duration.zero), ("0s", .zero), ("250ms", .milliseconds(250)), ("5s", .seconds(5)),
        ("1m30s", .seconds(90)), ("2h", .seconds(7200)), ("1.5h", .seconds(5400)),
        ("1h2m3s4ms", .milliseconds(3_723_004)),
        ("1500us", .milliseconds(2)),
    ])
    func durationsAreGos(text: String, duration: Duration) {
        #expect(GoDuration.parse(text) == duration)
    }

    @Test(arguments: ["", "5", "s", "5 s", "-5s", "1:30", "5sec", "1d", "5s5", ".s", "1e3s", "9999999999999h"])
    func whatIsNoDurationIsRefused(text: String) {
        #expect(GoDuration.parse(text) == nil)
    }

    @Test(arguments: [
        (Duration.zero, "0s"), (.milliseconds(250), "250ms"), (.seconds(90), "1m30s"), (.seconds(7200), "2h"),
        (.milliseconds(1500), "1.5s"), (.milliseconds(61_020), "1m1.02s"),
    ])
    func durationsPrintAsTheyAreRead(duration: Duration, text: String) {
        #expect(GoDuration.text(duration) == text)
        #expect(GoDuration.parse(text) == duration)
    }
}
