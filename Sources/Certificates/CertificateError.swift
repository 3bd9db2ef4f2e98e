internal import CCrypto

/// Why a certificate is not one, or is not believed.
public struct CertificateError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// No PEM of certificates.
        case malformed
        /// Nobody who is trusted vouches for it, or not for this time.
        case untrusted
        /// The library has no memory.
        case system
    }

    public let code: Code
    public let reason: String

    init(_ code: Code, _ reason: String) {
        // What the library noted on this thread would be taken for the next call's.
        ERR_clear_error()
        self.code = code
        self.reason = reason
    }

    public var description: String { "\(code.rawValue): \(reason)" }
}
