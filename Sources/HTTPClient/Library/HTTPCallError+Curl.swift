internal import CCurl

extension HTTPCallError {
    /// The choke point for what libcurl reports. Its own words for a code are kept; those that it makes for a call,
    /// which may name what was called, are not.
    ///
    /// - Parameters:
    ///   - sent: whether bytes of the request have left.
    ///   - tooLarge: whether we ended it because there was too much.
    init(_ code: CURLcode, sent: Bool, tooLarge: Bool) {
        if tooLarge {
            self.init(.tooLarge, "the answer is too long", mayHaveArrived: sent)
            return
        }
        let kind: Code =
            switch code {
            case CURLE_FILESIZE_EXCEEDED: .tooLarge
            case CURLE_OPERATION_TIMEDOUT: .timeout
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR,
                CURLE_SSL_CACERT_BADFILE,
                CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
                .untrusted
            case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT: .refused
            // Once something was sent, what remains is a connection that did not bring the answer.
            case _ where sent: .lost
            case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION:
                .invalid
            default: .unreachable
            }
        let words = curl_easy_strerror(code).map { String(cString: $0) } ?? "libcurl reports \(code.rawValue)"
        self.init(kind, words, mayHaveArrived: sent)
    }
}
