internal import HTTPServer

// Why the sandbox does not do what it is asked. (`Problem` is the server's here: these files do not know Wire's.)
extension Problem {
    static let noSuchPayment = Problem(.notFound, "no-such-payment", "There is no such payment")

    static let unauthorized = Problem(
        .unauthorized, "unauthorized", "The key is missing or wrong", headers: ["WWW-Authenticate": "Bearer"])

    static let keyReused = Problem(
        .conflict, "key-reused", "The key has been used for something else",
        detail: "The same key stands for the same request; another one needs a new key.")

    static func notPayable(_ payment: StoredPayment) -> Problem {
        Problem(
            .conflict, "not-payable", "The payment cannot be paid or declined any more",
            detail: "It is \(payment.status.rawValue).")
    }

    static func notPaid(_ payment: StoredPayment) -> Problem {
        Problem(.conflict, "not-paid", "There is nothing to give back", detail: "It is \(payment.status.rawValue).")
    }

    static let otherCurrency = Problem(.conflict, "other-currency", "The payment has another currency")

    static let isDisputed = Problem(
        .conflict, "disputed", "The buyer's bank has taken the money back",
        detail: "It can be given back once the dispute is won.")

    static func moreThanCaptured(_ payment: StoredPayment) -> Problem {
        Problem(
            .conflict, "more-than-captured", "More would be given back than was paid",
            detail: "\(payment.kept) of \(payment.captured) are left.")
    }

    static let noSuchDispute = Problem(
        .conflict, "no-such-dispute", "There is no open dispute", detail: "One is opened first, and settled once.")

    static func invalid(_ detail: String) -> Problem {
        Problem(.badRequest, "invalid-request", "The body is not what this route takes", detail: detail)
    }

    static let mediaType = Problem(
        .unsupportedMediaType, "unsupported-media-type", "The body has a type that is not taken here")

    static func unavailable(_ detail: String) -> Problem {
        Problem(
            .serviceUnavailable, "unavailable", "Not at the moment", detail: detail, headers: ["Retry-After": "1"])
    }
}
