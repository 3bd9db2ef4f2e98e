internal import CMicrohttpd

/// Reading the headers of the request in hand; the library keeps them until the answer is sent.
extension Connection {
    func withHeader<Value>(_ name: String, _ body: (UnsafeRawBufferPointer?) throws -> Value) rethrows -> Value {
        var value: UnsafePointer<CChar>?
        var count = 0
        let found = name.utf8.withContiguousStorageIfAvailable { name in
            name.withMemoryRebound(to: CChar.self) { name in
                MHD_lookup_connection_value_n(handle, cmicrohttpd_header, name.baseAddress, name.count, &value, &count)
            }
        }
        if let found {
            return try body(found == cmicrohttpd_yes ? UnsafeRawBufferPointer(start: value, count: count) : nil)
        }
        // A bridged or sliced string has no contiguous bytes: make one that has.
        var native = name
        native.makeContiguousUTF8()
        return try withHeader(native, body)
    }

    func hasHeader(_ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in
            name.withMemoryRebound(to: CChar.self) { name in
                MHD_lookup_connection_value_n(handle, cmicrohttpd_header, name.baseAddress, name.count, nil, nil)
            }
        } == cmicrohttpd_yes
    }

    /// Calls `body` for each header of that name.
    func forEachHeader(_ name: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        withoutActuallyEscaping(body) { body in
            var visitor = HeaderVisitor(name: Array(name.utf8), body: body)
            withUnsafeMutablePointer(to: &visitor) { visitor in
                _ = MHD_get_connection_values_n(
                    handle, cmicrohttpd_header,
                    { context, _, key, keyCount, value, valueCount in
                        guard let context else { return cmicrohttpd_no }
                        context.assumingMemoryBound(to: HeaderVisitor.self).pointee.visit(
                            UnsafeRawBufferPointer(start: key, count: keyCount),
                            UnsafeRawBufferPointer(start: value, count: valueCount))
                        return cmicrohttpd_yes
                    }, visitor)
            }
        }
    }

    /// The values of `If-None-Match`, joined; nil without one.
    var ifNoneMatch: String? {
        guard hasHeader("If-None-Match") else { return nil }
        var field = ""
        forEachHeader("If-None-Match") { value in
            if !field.isEmpty { field += ", " }
            field += String(decoding: value, as: UTF8.self)
        }
        return field
    }

    var acceptsGzip: Bool {
        guard hasHeader("Accept-Encoding") else { return false }
        var accepted = AcceptEncoding()
        forEachHeader("Accept-Encoding") { accepted.add($0) }
        return accepted.allowsGzip
    }
}

/// What an iteration over the headers carries through C.
private struct HeaderVisitor {
    let name: [UInt8]
    let body: (UnsafeRawBufferPointer) -> Void

    func visit(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        guard key.count == name.count, zip(key, name).allSatisfy({ $0.asciiLowercased == $1.asciiLowercased }) else {
            return
        }
        body(value)
    }
}
