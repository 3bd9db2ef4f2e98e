internal import Ticketing

/// Money as PayPal writes it: whole units with a point and decimals.
enum PayPalAmount {
    /// PayPal takes no decimals of these, though they have some.
    private static let whole: Set = ["HUF", "TWD"]

    private static let powers: [Int64] = [1, 10, 100, 1_000]

    /// nil for a fraction that PayPal does not take.
    static func text(_ money: Money) -> String? {
        let decimals = money.currency.decimals
        let unit = powers[decimals]
        guard money.amount >= 0 else { return nil }
        let (units, fraction) = money.amount.quotientAndRemainder(dividingBy: unit)
        if decimals == 0 { return "\(units)" }
        if whole.contains(money.currency.description) { return fraction == 0 ? "\(units)" : nil }
        let digits = "\(fraction)"
        return "\(units)." + String(repeating: "0", count: decimals - digits.count) + digits
    }

    /// nil for what is no amount, or finer than the currency.
    static func money(_ text: String, _ code: String) -> Money? {
        guard let currency = Currency(code), text.utf8.count <= 20 else { return nil }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let units = number(parts[0]), !parts[0].isEmpty else { return nil }
        var fraction = parts.count == 2 ? parts[1] : ""
        let decimals = currency.decimals
        while fraction.utf8.count > decimals, fraction.last == "0" { fraction.removeLast() }
        guard fraction.utf8.count <= decimals, let part = number(fraction) else { return nil }
        let (whole, tooLarge) = units.multipliedReportingOverflow(by: powers[decimals])
        let (amount, overflow) = whole.addingReportingOverflow(part * powers[decimals - fraction.utf8.count])
        return tooLarge || overflow ? nil : Money(amount, currency)
    }

    /// Digits alone; 0 where there are none.
    private static func number(_ text: Substring) -> Int64? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return text.isEmpty ? 0 : Int64(text)
    }
}
