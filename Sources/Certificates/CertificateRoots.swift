internal import CCrypto

/// Certificates that are trusted, and vouch for others.
public final class CertificateRoots: @unchecked Sendable {
    // because: the store is filled in `init` only, and the library locks it when it looks something up

    private let store: OpaquePointer
    public let count: Int

    /// - Parameter pem: with one certificate at least.
    public convenience init(pem: [UInt8]) throws(CertificateError) {
        try self.init(try Certificate.all(pem: pem, most: 1_000))
    }

    public init(_ certificates: [Certificate]) throws(CertificateError) {
        guard let store = X509_STORE_new() else { throw CertificateError(.system, "no memory for certificates") }
        self.store = store
        count = certificates.count
        for certificate in certificates where X509_STORE_add_cert(store, certificate.handle) != 1 {
            throw CertificateError(.system, "no memory for a certificate")
        }
    }

    deinit { X509_STORE_free(store) }

    /// How strong the keys and hashes of a chain must be: 112 bits, which is RSA from 2,048 bits and SHA-256.
    private static let strength: Int32 = 2

    /// Whether a chain leads from its first certificate to one of these, and all of it is good at that time.
    ///
    /// - Parameters:
    ///   - chain: the certificate itself first, then those between it and a root, in any order.
    ///   - seconds: since 1970.
    /// - Throws: `untrusted`.
    public func check(_ chain: [Certificate], at seconds: Int64) throws(CertificateError) {
        guard let leaf = chain.first else { throw CertificateError(.untrusted, "there is no certificate") }
        guard let context = X509_STORE_CTX_new() else { throw CertificateError(.system, "no memory for a check") }
        defer { X509_STORE_CTX_free(context) }
        guard let others = ccrypto_stack_new() else { throw CertificateError(.system, "no memory for a check") }
        defer { ccrypto_stack_free(others) }
        for certificate in chain.dropFirst() where ccrypto_stack_push(others, certificate.handle) != 1 {
            throw CertificateError(.system, "no memory for a check")
        }
        guard ccrypto_check_begin(context, store, leaf.handle, others) == 1,
            let parameters = X509_STORE_CTX_get0_param(context)
        else { throw CertificateError(.system, "a check cannot begin") }
        X509_VERIFY_PARAM_set_time(parameters, Int(seconds))
        X509_VERIFY_PARAM_set_auth_level(parameters, Self.strength)
        let isGood = X509_verify_cert(context) == 1
        withExtendedLifetime(chain) {}
        guard isGood else {
            let code = Int(X509_STORE_CTX_get_error(context))
            let words = X509_verify_cert_error_string(code).map { String(cString: $0) } ?? "error \(code)"
            throw CertificateError(.untrusted, words)
        }
        ERR_clear_error()
    }
}
