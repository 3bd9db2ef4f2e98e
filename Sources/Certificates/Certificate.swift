internal import CCrypto

/// An X.509 certificate.
///
///     let chain = try Certificate.all(pem: bytes)      // the leaf first
///     try roots.check(chain, at: secondsSince1970)
///     guard chain[0].verifies(signature, of: message) else { … }
public final class Certificate: @unchecked Sendable {
    // because: nothing changes it after it was read, and what the library caches in it, it caches under a lock

    let handle: OpaquePointer
    /// When it is good, in seconds since 1970.
    public let validity: Range<Int64>
    /// The name that it was made for; nil where it has none, or several.
    public let commonName: String?

    /// Takes over the handle.
    private init(owning handle: OpaquePointer) throws(CertificateError) {
        self.handle = handle
        let (from, to) = (
            ccrypto_seconds(X509_get0_notBefore(handle)), ccrypto_seconds(X509_get0_notAfter(handle))
        )
        validity = from..<max(from, to)
        commonName = Self.commonName(of: handle)
        guard from <= to else { throw CertificateError(.malformed, "the certificate ends before it begins") }
    }

    deinit { X509_free(handle) }

    private static func commonName(of handle: OpaquePointer) -> String? {
        guard let subject = X509_get_subject_name(handle) else { return nil }
        let first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
        guard first >= 0, X509_NAME_get_index_by_NID(subject, NID_commonName, first) < 0,
            let value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first))
        else { return nil }
        var text: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&text, value)
        guard count >= 0, let text else { return nil }
        defer { CRYPTO_free(text, nil, 0) }
        let bytes = UnsafeBufferPointer(start: text, count: Int(count))
        // A name with a zero in it is two names, for whoever reads it the way of C.
        return bytes.contains(0) ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// All certificates of a PEM text, in their order. What stands between them is passed over.
    ///
    /// - Parameter most: more than so many are refused.
    public static func all(pem: [UInt8], most: Int = 10) throws(CertificateError) -> [Certificate] {
        let result: Result<[Certificate], CertificateError> = pem.withUnsafeBytes { bytes in
            do throws(CertificateError) { return .success(try read(bytes, most)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private static func read(_ bytes: UnsafeRawBufferPointer, _ most: Int) throws(CertificateError) -> [Certificate] {
        guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else {
            throw CertificateError(.malformed, "there is no certificate")
        }
        defer { BIO_free(source) }
        ERR_clear_error()
        var certificates: [Certificate] = []
        while let handle = PEM_read_bio_X509(source, nil, nil, nil) {
            certificates.append(try Certificate(owning: handle))
            guard certificates.count <= most else {
                throw CertificateError(.malformed, "more than \(most) certificates")
            }
        }
        // The end of the text is an error, too; any other one means that something in it is broken.
        guard ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE else {
            throw CertificateError(.malformed, "a certificate cannot be read")
        }
        ERR_clear_error()
        guard !certificates.isEmpty else { throw CertificateError(.malformed, "there is no certificate") }
        return certificates
    }

    /// Whether the owner of the certificate's key signed the message: RSA (PKCS #1 v1.5) with SHA-256.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let key = X509_get0_pubkey(handle) else {
            ERR_clear_error()
            return false
        }
        let isGood = signature.withUnsafeBytes { signature in
            message.withUnsafeBytes { message in
                ccrypto_verify_rsa_sha256(
                    key, signature.baseAddress, signature.count, message.baseAddress, message.count) == 1
            }
        }
        ERR_clear_error()
        return isGood
    }
}
