import Testing
import Ticketing

@testable import Query

@Suite struct RefundTermsTests {
    private static let hour: Int64 = 3_600_000_000
    private let start = Time(microseconds: 1_000 * hour)
    private let policy = [
        PolicyStep(hoursBefore: 48, percent: 100), PolicyStep(hoursBefore: 24, percent: 50),
        PolicyStep(hoursBefore: 12, percent: 50), PolicyStep(hoursBefore: 0, percent: 0),
    ]

    private func terms(
        hoursBefore: Int64, worth: Int64 = 1_999, paid: Int64 = .max, isFree: Bool = false, plus: Int64 = 0
    ) -> RefundTerms {
        RefundTerms(
            policy: policy, startsAt: start, worth: worth, paid: paid, isFree: isFree,
            at: Time(microseconds: start.microseconds - hoursBefore * Self.hour + plus))
    }

    private func at(_ hoursBefore: Int64) -> Time { Time(microseconds: start.microseconds - hoursBefore * Self.hour) }

    @Test func itIsLessTheLaterItIs() {
        #expect(terms(hoursBefore: 100) == RefundTerms.make(1_999, at(48)))
        #expect(terms(hoursBefore: 48) == RefundTerms.make(1_999, at(48)))
        // A microsecond later; halves of a cent are rounded down, and it stays so through the step of as much.
        #expect(terms(hoursBefore: 48, plus: 1) == RefundTerms.make(999, at(12)))
        #expect(terms(hoursBefore: 13) == RefundTerms.make(999, at(12)))
        #expect(terms(hoursBefore: 12, plus: 1) == .nothing)
        #expect(terms(hoursBefore: 0) == .nothing)
        #expect(terms(hoursBefore: -5) == .nothing)
    }

    @Test func itIsNeverMoreThanIsLeft() {
        #expect(terms(hoursBefore: 100, paid: 500).amount == 500)
        #expect(terms(hoursBefore: 100, paid: 0).amount == 0)
    }

    @Test func whatWasFreeCanBeGivenBackUntilItStarts() {
        #expect(terms(hoursBefore: 1, worth: 0, paid: 0, isFree: true) == RefundTerms.make(0, start))
        #expect(terms(hoursBefore: 0, worth: 0, paid: 0, isFree: true) == .nothing)
    }

    @Test func withoutAPolicyThereIsNothing() {
        let terms = RefundTerms(
            policy: [], startsAt: start, worth: 100, paid: 100, isFree: false, at: Time(microseconds: 0))
        #expect(terms == .nothing)
    }
}

extension RefundTerms {
    fileprivate static func make(_ amount: Int64, _ until: Time) -> RefundTerms {
        RefundTerms(
            policy: [PolicyStep(hoursBefore: 0, percent: 100)], startsAt: until, worth: amount, paid: .max,
            isFree: false, at: Time(microseconds: 0))
    }
}
