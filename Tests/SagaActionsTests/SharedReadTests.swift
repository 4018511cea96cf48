import SagaCore
import TestSupport
import Testing

@testable import SagaActions

/// How reads of Woodpecker are scheduled, shared and bounded.
@Suite struct SharedReadTests {
    @Test func `a bucket gives its burst at once and then its rate`() {
        var bucket = TokenBucket(rate: 10, burst: 3, now: Build.start)
        func take(_ count: Int, at now: Moment) -> [Moment?] { (0..<count).map { _ in bucket.take(now) } }
        let start = Build.start
        let first = take(5, at: start)
        #expect(
            first == [nil, nil, nil, start + .milliseconds(100), start + .milliseconds(200)], "a place in line each")
        let second = take(1, at: start + .milliseconds(100)) + take(1, at: start + .milliseconds(150))
        #expect(second == [nil, start + .milliseconds(300)])
        let rested = take(4, at: start + .seconds(60))
        #expect(rested.prefix(3) == [nil, nil, nil] && rested[3] != nil)
        let turnedBack = take(1, at: start)
        #expect(turnedBack != [nil], "a clock that was set back gives nothing away")
    }

    @Test func `a second of reads never passes the rate`() {
        var bucket = TokenBucket(rate: 10, burst: 30, now: Build.start)
        var passed = 0
        for millisecond in 0..<10_000 where bucket.take(Build.start + .milliseconds(millisecond)) == nil { passed += 1 }
        #expect((129...130).contains(passed))
    }

    @Test func `waits of one repository are read together, and repositories are spread over the interval`() {
        let interval: Duration = .seconds(30)
        var offsets: Set<Int64> = []
        for number in 0..<40 {
            let repo = "octo/app\(number)"
            var moments: Set<Moment> = []
            for delay in 0..<15 {
                let now = Build.start + .seconds(delay)
                let next = ReadSchedule.next(for: repo, every: interval, after: now)
                #expect(next >= now + .seconds(15) && next < now + .seconds(45))
                #expect(ReadSchedule.next(for: repo.uppercased(), every: interval, after: now) == next)
                moments.insert(next)
                #expect(ReadSchedule.next(for: repo, every: interval, after: next) == next + interval)
            }
            #expect(moments.count <= 2)
            offsets.insert(ReadSchedule.next(for: repo, every: interval, after: Build.start).milliseconds % 30_000)
        }
        #expect(offsets.count > 35)
        #expect(offsets.contains { $0 < 10_000 } && offsets.contains { $0 > 20_000 })
    }

    @Test func `who asks for the same at the same time shares one call`() async throws {
        let clock = TestClock()
        let calls = SharedCalls<String, Int>(now: { clock.now })
        let count = TestStatus(0)
        let (gate, open) = AsyncStream<Never>.makeStream()
        let ask = { @Sendable (after: Moment) async throws -> Int in
            try await calls.value("a", after: after) { () throws(CancellationError) in
                for await _ in gate {}
                count.value += 1
                return count.value
            }
        }
        let before = clock.now + .seconds(-1)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...20 { group.addTask { try await ask(before) } }
            open.finish()
            for try await answer in group { #expect(answer == 1) }
        }
        let again = try await ask(before)
        #expect(again == 1, "it is new enough")
        clock.advance(.seconds(5))
        let later = try await ask(clock.now + .seconds(-1))
        #expect(later == 2, "an older answer is none")
    }

    @Test func `a call that failed is made again by who comes next`() async throws {
        struct Broken: Error {}
        let clock = TestClock()
        let calls = SharedCalls<String, Int>(now: { clock.now })
        let before = clock.now + .seconds(-1)
        await #expect(throws: Broken.self) {
            try await calls.value("a", after: before) { () throws(Broken) in throw Broken() }
        }
        let answer = try await calls.value("a", after: before) { () throws(Broken) in 7 }
        #expect(answer == 7)
    }

    @Test func `what was asked for before a signal came does not count for it`() async throws {
        try await withFakeWoodpecker { fake in
            try await withSharing(fake) { bench in
                fake.addRepo("acme/app")
                fake.addPipeline(in: "acme/app", status: "running")
                let parked = try await bench.run(.waitPipeline, ["number": 1]).parked
                bench.clock.advance(.milliseconds(100))
                let first = try await bench.read(parked).parked
                bench.clock.advance(.milliseconds(100))
                _ = try await bench.read(parked).parked
                #expect(fake.count(.list) == 1, "the second read shares the first one's list")
                fake.set("acme/app", 1, "success")
                var signalled = first
                signalled.signalledAt = bench.clock.now
                bench.clock.advance(.milliseconds(100))
                let output = try await bench.read(signalled).succeeded
                #expect(output["status"] == "success")
                #expect(fake.count(.list) == 2)
            }
        }
    }

    @Test func `beyond the rate a wait is read a little later, and says nothing of it`() async throws {
        try await withFakeWoodpecker { fake in
            try await withSharing(fake) { bench in
                for number in 1...40 { fake.addRepo("acme/app\(number)") }
                var later = 0
                for number in 1...40 {
                    let repo = "acme/app\(number)"
                    fake.addPipeline(in: repo, status: "running")
                    let parked = try await bench.run(
                        .waitPipeline, ["repo": .string(repo), "number": 1]
                    ).parked
                    let wait = try await bench.read(parked).parked
                    if wait.seen == nil, let next = wait.nextRead, next < bench.clock.now + .seconds(2) { later += 1 }
                }
                #expect(fake.count(.list) == 30)
                #expect(later == 10)
            }
        }
    }

    /// A bench whose reads are shared as in the programs.
    private func withSharing(_ fake: FakeWoodpecker, _ body: (Bench) async throws -> Void) async throws {
        let settings = ActionSettings(woodpecker: WoodpeckerAccess(url: fake.url, token: "t0ken"))
        try await withBench(settings, body)
    }
}
