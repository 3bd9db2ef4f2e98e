internal import Ticketing

extension Currency {
    /// How many decimals its minor unit has (ISO 4217): the yen has none, the dinar of Kuwait three.
    var decimals: Int {
        let code = description
        if Self.withoutDecimals.contains(code) { return 0 }
        return Self.withThree.contains(code) ? 3 : 2
    }

    private static let withoutDecimals: Set = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
        "XPF",
    ]
    private static let withThree: Set = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
}
