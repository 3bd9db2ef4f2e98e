internal import Foundation
internal import Runtime
internal import Testing

@Suite struct TimestampTests {
    @Test func formatsAsFoundationDoes() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
        forRandomCases(20_000) { random in
            let time = Timestamp(
                microseconds: .random(
                    in: Timestamp.firstNameable.microseconds...Timestamp.lastNameable.microseconds, using: &random))
            let seconds = Int((Double(time.microseconds) / 1_000_000).rounded(.down))
            let whole = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
            let floor = whole.remainder < 0 ? whole.quotient - 1 : whole.quotient
            let micros = time.microseconds - floor * 1_000_000
            // Foundation's calendar turns Julian before 1582; compare where both are Gregorian.
            guard floor > -12_000_000_000, abs(Int(floor) - seconds) <= 1 else { return }
            let expected = Date(timeIntervalSince1970: Double(floor)).formatted(style).dropLast()
            let digits = String(micros)
            let fraction = String(repeating: "0", count: 6 - digits.count) + digits
            try #require(time.rfc3339 == "\(expected).\(fraction)Z")
        }
    }

    @Test func readsWhatItWrites() {
        forRandomCases(20_000) { random in
            let time = Timestamp(
                microseconds: .random(
                    in: Timestamp.firstNameable.microseconds...Timestamp.lastNameable.microseconds, using: &random))
            try #require(Timestamp(rfc3339: time.rfc3339) == time)
        }
    }

    @Test func everyDayOfEightHundredYearsHasItsDate() {
        var previous = CivilDate(daysSince1970: -200_000)
        for day in -199_999...100_000 {
            let date = CivilDate(daysSince1970: day)
            #expect(date.daysSince1970 == day)
            let isNext =
                date.day == previous.day + 1 && date.month == previous.month
                || date.day == 1 && date.month == previous.month + 1
                || date.day == 1 && date.month == 1 && previous.month == 12 && date.year == previous.year + 1
            #expect(isNext && CivilDate(year: date.year, month: date.month, day: date.day) == date)
            previous = date
        }
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)),
        ("2026-11-20T09:05:00.25+01:00", 1_795_161_900_250_000),
        ("2026-11-20T08:05:00.250000999-00:00", 1_795_161_900_250_000),
        ("2024-02-29T23:59:59.999999Z", 1_709_251_199_999_999),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ("1969-12-31T23:59:59.999999Z", -1),
    ])
    func reads(text: String, microseconds: Int64) {
        #expect(Timestamp(rfc3339: text) == Timestamp(microseconds: microseconds))
    }

    @Test(arguments: [
        "", "2026-11-20", "2026-11-20T09:05:00", "2026-11-20 09:05:00Z", "2026-11-20t09:05:00Z", "2026-11-20T09:05:00z",
        "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T09:60:00Z", "2026-12-31T23:59:60Z",
        "2026-11-20T09:05:00.Z", "2026-11-20T09:05:00.1234567890Z", "2026-11-20T09:05:00+0100",
        "2026-11-20T09:05:00+24:00", "2026-11-20T09:05:00+01:60", "2026-11-20T09:05:00ZZ", "2026-11-20T09:05:00Z ",
        "2026-11-20T09:05:00,5Z", "+026-11-20T09:05:00Z", "2026-1-20T09:05:000Z", "２026-11-20T09:05:00Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-11-20T09:05:00+1:000",
    ])
    func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func hostileBytesNeverTrap() {
        forRandomCases(20_000) { random in
            var bytes = Array("2026-11-20T09:05:00.123456+01:00".utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = random.bytes(1)[0]
            }
            bytes = Array(bytes.prefix(.random(in: 0...bytes.count, using: &random)))
            _ = bytes.withUnsafeBytes { Timestamp(rfc3339: $0) }
        }
    }

    @Test func timesOutOfRangeAreShownAsTheNearest() {
        #expect(Timestamp(microseconds: .min).rfc3339 == "0000-01-01T00:00:00.000000Z")
        #expect(Timestamp(microseconds: .max).rfc3339 == "9999-12-31T23:59:59.999999Z")
    }

    @Test func forEverIsSafeToAddAndToConvert() {
        let forEver = Duration.seconds(Int64.max)
        #expect(forEver.nanoseconds == .max && forEver.microseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
        #expect(MonotonicTime(nanoseconds: 5) + forEver == MonotonicTime(nanoseconds: .max))
        #expect(Timestamp(microseconds: 5) + forEver == Timestamp(microseconds: .max))
        #expect(Duration.nanoseconds(-1_500).nanoseconds == -1_500 && Duration.seconds(1.5).microseconds == 1_500_000)
    }
}
