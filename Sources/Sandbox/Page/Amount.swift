/// An amount in minor units, for people.
enum Amount {
    /// Currencies whose minor unit is not a hundredth (ISO 4217).
    private static let digits: [String: Int] = [
        "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
        "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3,
        "OMR": 3, "TND": 3,
    ]

    /// `1,234.50 EUR`
    static func text(_ amount: Int64, _ currency: String) -> String {
        let count = digits[currency] ?? 2
        let text = String(amount.magnitude)
        let padded = String(repeating: "0", count: max(count + 1 - text.count, 0)) + text
        let fraction = count > 0 ? "." + padded.suffix(count) : ""
        var whole = ""
        for (position, digit) in padded.dropLast(count).reversed().enumerated() {
            if position > 0 && position % 3 == 0 { whole.append(",") }
            whole.append(digit)
        }
        return (amount < 0 ? "-" : "") + String(whole.reversed()) + fraction + " " + currency
    }
}
