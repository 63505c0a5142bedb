import Testing
import Wire

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_331_028_000_000_123_000, "2012-03-06T10:00:00.000123Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000000Z"),
        (-1_000, "1969-12-31T23:59:59.999999Z"),
    ]) func printsRFC3339(_ nanoseconds: Int64, _ text: String) {
        #expect(Timestamp(nanoseconds: nanoseconds).rfc3339 == text)
    }
}
