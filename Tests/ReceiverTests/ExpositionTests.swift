import Telemetry
import Testing

/// The text that Prometheus reads.
@Suite struct ExpositionTests {
    @Test func whatWouldBreakALineIsEscaped() {
        var page = Exposition()
        page.begin(.gauge, "a", "back\\slash, \"quotes\"\nand a line")
        page.sample("a", [("l", "back\\slash, \"quotes\"\nand ü")], 0.5)
        #expect(
            page.text == """
                # HELP a back\\\\slash, "quotes"\\nand a line
                # TYPE a gauge
                a{l="back\\\\slash, \\"quotes\\"\\nand ü"} 0.5

                """)
    }

    @Test func numbersAreWrittenAsGoReadsThem() {
        var page = Exposition()
        for value in [0, -3, 1_769_850_307.123, .infinity, -.infinity, .nan, 1e300] { page.sample("n", [], value) }
        #expect(
            page.text.split(separator: "\n") == [
                "n 0", "n -3", "n 1769850307.123", "n +Inf", "n -Inf", "n NaN", "n 1e+300",
            ])
    }

    @Test func aHistogramSumsUpItsBuckets() {
        let histogram = Histogram("h", "Help.", labels: ["l"], bounds: [1, 2.5])
        for value in [0.5, 1, 1.5, 2.5, 100] { histogram.observe(value, "x") }
        var page = Exposition()
        histogram.write(to: &page)
        #expect(
            page.text == """
                # HELP h Help.
                # TYPE h histogram
                h_bucket{l="x",le="1"} 2
                h_bucket{l="x",le="2.5"} 4
                h_bucket{l="x",le="+Inf"} 5
                h_sum{l="x"} 105.5
                h_count{l="x"} 5

                """)
    }

    @Test func countersStandInOrderAndMayBeShownAtZero() {
        let counter = Counter("c_total", "Help.", labels: ["a", "b"])
        var empty = Exposition()
        counter.write(to: &empty)
        #expect(empty.text.isEmpty)
        counter.add(1, "y", "1")
        counter.add(0, "x", "2")
        counter.add(2, "y", "1")
        var page = Exposition()
        counter.write(to: &page)
        #expect(page.text.hasSuffix("c_total{a=\"x\",b=\"2\"} 0\nc_total{a=\"y\",b=\"1\"} 3\n"))
    }

    @Test func namesBeyondTheCapAreOne() {
        let cap = NameCap(limit: 2)
        var new: [String] = []
        let values = ["a", "b", "c", "d", "a", "c"].map { cap.value(of: $0) { new.append($0) } }
        #expect(values == ["a", "b", "other", "other", "a", "other"])
        #expect(new == ["a", "b", "other"])
    }
}
