internal import HTTPServer

/// Bodies of requests, refused in the server's words where they are not what they should be.
enum Bodies {
    enum Kind: Hashable, Sendable {
        case json, form
    }

    /// nil for what is neither.
    static func kind(_ contentType: String?) -> Kind? {
        switch contentType?.prefix(while: { $0 != ";" && $0 != " " }).lowercased() {
        case "application/json": .json
        case "application/x-www-form-urlencoded": .form
        default: nil
        }
    }

    static func payment(_ body: [UInt8]) throws -> (order: NewPayment, key: String) {
        try refusing { try Forms.payment(body) }
    }

    static func refund(_ body: [UInt8]) throws -> RefundWish { try refusing { try Forms.refund(body) } }
    static func pay(_ body: [UInt8]) throws -> PayWish { try refusing { try Forms.pay(body) } }
    static func dispute(_ body: [UInt8]) throws -> StoredDispute.Status { try refusing { try Forms.dispute(body) } }
    static func cancel(_ body: [UInt8]) throws { try refusing { try Forms.cancel(body) } }

    private static func refusing<Value>(_ read: () throws -> Value) throws -> Value {
        do { return try read() } catch { throw Problem.invalid("\(error)") }
    }
}
