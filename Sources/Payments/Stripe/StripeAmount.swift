internal import Ticketing

/// Money as Stripe counts it: in minor units as we do, with exceptions that it keeps for its older callers.
enum StripeAmount {
    /// Without minor units by now, and yet to be given in hundredths.
    private static let hundredths: Set = ["ISK", "UGX"]
    /// Given in whole units, though there are minor ones.
    private static let whole: Set = ["MGA"]

    /// nil for what Stripe cannot take: thousandths, of which the last digit must be 0, or a fraction of a whole unit.
    static func number(_ money: Money) -> Int64? {
        let code = money.currency.description
        if hundredths.contains(code) {
            let (number, overflow) = money.amount.multipliedReportingOverflow(by: 100)
            return overflow ? nil : number
        }
        if whole.contains(code) { return money.amount.isMultiple(of: 100) ? money.amount / 100 : nil }
        if money.currency.decimals == 3 && !money.amount.isMultiple(of: 10) { return nil }
        return money.amount
    }

    static func code(_ currency: Currency) -> String { currency.description.lowercased() }

    /// What Stripe says, in our minor units. A fraction that cannot be is cut off: then the amount is a wrong one.
    static func money(_ number: Int64, _ code: String) -> Money? {
        guard let currency = Currency(code.uppercased()) else { return nil }
        if hundredths.contains(currency.description) { return Money(number / 100, currency) }
        guard whole.contains(currency.description) else { return Money(number, currency) }
        let (amount, overflow) = number.multipliedReportingOverflow(by: 100)
        return overflow ? nil : Money(amount, currency)
    }
}
