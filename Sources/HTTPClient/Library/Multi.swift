internal import CCurl

/// libcurl's bundle of transfers and kept connections. It belongs to the client's thread.
final class Multi: @unchecked Sendable {
    // because: other threads call `wake` alone, which the library allows until `close`, and the inbox keeps those apart

    typealias Handle = UnsafeMutableRawPointer

    private let handle: Handle

    /// The library's own start, which must happen once and before all else.
    private static let isStarted = curl_global_init(Int(ccurl_global_default)) == CURLE_OK

    init(keeping connections: Int) throws(HTTPCallError) {
        guard Self.isStarted, let handle = curl_multi_init() else {
            throw HTTPCallError(.refused, "libcurl cannot start", mayHaveArrived: false)
        }
        self.handle = handle
        _ = ccurl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, connections)
    }

    func add(_ transfer: Transfer) -> Bool { curl_multi_add_handle(handle, transfer.handle) == CURLM_OK }
    func remove(_ transfer: Transfer) { _ = curl_multi_remove_handle(handle, transfer.handle) }

    /// - Returns: false when the library cannot go on.
    func perform() -> Bool {
        var running: Int32 = 0
        return curl_multi_perform(handle, &running) == CURLM_OK
    }

    /// A transfer that is over, with what it came to.
    func nextEnded() -> (handle: Handle, code: CURLcode)? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(handle, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            return (easy, message.pointee.data.result)
        }
        return nil
    }

    /// Until there are bytes, a time limit of the library's own is reached, or somebody wakes it.
    func wait() -> Bool { curl_multi_poll(handle, nil, 0, 60_000, nil) == CURLM_OK }

    func wake() { _ = curl_multi_wakeup(handle) }

    func close() { _ = curl_multi_cleanup(handle) }
}
