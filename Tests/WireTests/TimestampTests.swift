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

    @Test(arguments: [
        Int64(0), 1_331_028_000_000_123_000, 951_782_400_000_000_000, -1_000, 4_102_444_799_999_999_000,
        -2_203_891_200_000_000_000,
    ]) func readsWhatItPrints(_ nanoseconds: Int64) {
        let moment = Timestamp(nanoseconds: nanoseconds)
        #expect(Timestamp(rfc3339: moment.rfc3339) == moment)
    }

    @Test func readsOtherFractions() {
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:01Z")?.nanoseconds == 1_000_000_000)
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:00.5Z")?.nanoseconds == 500_000_000)
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:00.000000001Z")?.nanoseconds == 1)
    }

    @Test(arguments: [
        "", "Z", "1970-01-01T00:00:00", "1970-01-01T00:00:00+01:00", "1970-01-01 00:00:00Z", "1970-13-01T00:00:00Z",
        "1970-01-01T24:00:00Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00.0000000001Z", "1970-01-01T00:00:0aZ",
        "9999-01-01T00:00:00Z", "2262-04-11T23:47:16.9Z",
    ]) func refusesTheRest(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
