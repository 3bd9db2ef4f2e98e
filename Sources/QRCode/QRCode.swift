internal import CQRencode

/// A text as a QR code (ISO/IEC 18004), with room around it.
///
///     let code = try QRCode("T1…")
///     code.svg()
///     code.png(scale: 8)
public struct QRCode: Hashable, Sendable {
    /// How much of the code may be unreadable: 7, 15, 25 or 30 %.
    public enum Correction: Sendable {
        case low, medium, quartile, high
    }

    /// Modules on each side, without the room around.
    public let size: Int
    /// Row by row; 1 for a dark module.
    private let modules: [UInt8]

    /// The light modules around it that readers need.
    static let quiet = 4

    /// - Throws: `QRCodeError` for a text that does not fit: at most 2,331 bytes do with `medium`.
    public init(_ text: String, correction: Correction = .medium) throws(QRCodeError) {
        guard !text.isEmpty, !text.utf8.contains(0) else { throw QRCodeError(description: "no text for a QR code") }
        let level: QRecLevel =
            switch correction {
            case .low: QR_ECLEVEL_L
            case .medium: QR_ECLEVEL_M
            case .quartile: QR_ECLEVEL_Q
            case .high: QR_ECLEVEL_H
            }
        // Letters stay as they are; digits and capitals alone are found out, and packed more closely.
        guard let code = QRcode_encodeString(text, 0, level, QR_MODE_8, 1) else {
            throw QRCodeError(description: "\(text.utf8.count) bytes do not fit into a QR code")
        }
        defer { QRcode_free(code) }
        size = Int(code.pointee.width)
        // The lowest bit says whether a module is dark; the others what it is for.
        modules = UnsafeBufferPointer(start: code.pointee.data, count: size * size).map { $0 & 1 }
    }

    /// Whether the module is dark; the room around is not.
    public func isDark(row: Int, column: Int) -> Bool {
        guard (0..<size).contains(row), (0..<size).contains(column) else { return false }
        return modules[row * size + column] == 1
    }

    /// Modules on each side, with the room around.
    var fullSize: Int { size + 2 * Self.quiet }
}

public struct QRCodeError: Error, Sendable, CustomStringConvertible {
    public let description: String
}
