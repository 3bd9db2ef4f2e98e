internal import CCurl

/// A call as libcurl has it. It belongs to the client's thread.
final class Transfer {
    let exchange: Exchange
    let handle: Multi.Handle
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var intake: AnswerIntake

    init(_ exchange: Exchange, _ options: HTTPClient.Options) throws(HTTPCallError) {
        guard let handle = curl_easy_init() else { throw Self.outOfMemory }
        self.exchange = exchange
        self.handle = handle
        intake = AnswerIntake(limit: options.answerBytes)
        // From here on everything is set, and `deinit` gives back what there is.
        try set(exchange.call)
        try set(options)
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headers)
    }

    private static let outOfMemory = HTTPCallError(.refused, "libcurl has no memory", mayHaveArrived: false)

    // MARK: Options

    private func set(_ call: CheckedCall) throws(HTTPCallError) {
        try text(CURLOPT_URL, call.url)
        switch call.method {
        case .get: try number(CURLOPT_HTTPGET, 1)
        case .delete where call.body.isEmpty: try number(CURLOPT_HTTPGET, 1)
        case .post, .put, .patch, .delete:
            try number(CURLOPT_POST, 1)
            let code = call.body.withUnsafeBytes { bytes in
                // Without bytes an address all the same: none means that somebody will be asked for them.
                withUnsafeBytes(of: UInt8(0)) { none in
                    ccurl_set_body(handle, bytes.baseAddress ?? none.baseAddress, curl_off_t(bytes.count))
                }
            }
            try check(code)
        }
        if call.method != .get && call.method != .post { try text(CURLOPT_CUSTOMREQUEST, call.method.rawValue) }
        for header in call.headers {
            guard let longer = curl_slist_append(headers, header) else { throw Self.outOfMemory }
            headers = longer
        }
        try check(ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers))
        try number(CURLOPT_TIMEOUT_MS, Self.milliseconds(call.timeout))
    }

    private func set(_ options: HTTPClient.Options) throws(HTTPCallError) {
        try number(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(options.connectTimeout))
        try text(CURLOPT_USERAGENT, options.userAgent)
        try text(CURLOPT_PROTOCOLS_STR, "http,https")
        try number(CURLOPT_FOLLOWLOCATION, 0)
        try number(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try number(CURLOPT_PATH_AS_IS, 1)
        // Else the library reads the environment.
        try text(CURLOPT_PROXY, options.proxy ?? "")
        // It would set handlers of signals, which belong to the whole process.
        try number(CURLOPT_NOSIGNAL, 1)
        try number(CURLOPT_TCP_NODELAY, 1)
        // Else a call that ends while its name is being looked up holds up all others until the resolver gives up.
        try number(CURLOPT_QUICK_EXIT, 1)
        // A kept connection that was idle for longer has most likely been closed by the other side.
        try number(CURLOPT_MAXAGE_CONN, 50)

        try number(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try number(CURLOPT_SSL_VERIFYPEER, 1)
        try number(CURLOPT_SSL_VERIFYHOST, 2)
        if let authorities = options.authorities {
            try text(CURLOPT_CAINFO, authorities)
            // Else those that the system trusts are trusted besides.
            try text(CURLOPT_CAPATH, nil)
        }

        try check(ccurl_set_size(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(options.answerBytes)))
        let context = Unmanaged.passUnretained(self).toOpaque()
        try check(ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context))
        try check(ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context))
        try check(
            ccurl_set_sink(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                Transfer.take(bytes, size &* count, context) { $0.header($1) }
            })
        try check(
            ccurl_set_sink(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                Transfer.take(bytes, size &* count, context) { $0.body($1) }
            })
    }

    private func number(_ option: CURLoption, _ value: Int) throws(HTTPCallError) {
        try check(ccurl_set_long(handle, option, value))
    }

    private func text(_ option: CURLoption, _ text: String?) throws(HTTPCallError) {
        try check(ccurl_set_text(handle, option, text))
    }

    private func check(_ code: CURLcode) throws(HTTPCallError) {
        guard code == CURLE_OK else { throw HTTPCallError(code, sent: false, tooLarge: false) }
    }

    /// 24 days at most, so that it fits whatever the library makes of it.
    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(min(max(seconds, 0), 2_000_000) * 1_000 + max(attoseconds, 0) / 1_000_000_000_000_000)
            .clamped(to: 1...2_000_000_000)
    }

    // MARK: The answer

    /// - Returns: what the library shall believe to have been taken; less than all of it ends the transfer.
    private static func take(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
        _ body: (inout AnswerIntake, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        return body(&transfer.intake, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : -1
    }

    /// Whether bytes of the request have left, on whatever connection.
    var hasSent: Bool { ccurl_get_long(handle, CURLINFO_REQUEST_SIZE) > 0 }

    func result(_ code: CURLcode) -> Result<HTTPAnswer, HTTPCallError> {
        guard code == CURLE_OK else {
            return .failure(HTTPCallError(code, sent: hasSent, tooLarge: intake.isTooLarge))
        }
        guard intake.hasWholeHead else {
            return .failure(HTTPCallError(.lost, "the answer breaks off within its head", mayHaveArrived: hasSent))
        }
        return .success(intake.answer(status: ccurl_get_long(handle, CURLINFO_RESPONSE_CODE)))
    }
}

extension Int {
    fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
