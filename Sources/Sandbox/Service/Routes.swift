internal import HTTPServer
internal import Postgres
internal import Runtime
internal import Sealing

/// What the sandbox is asked by its customers, who show their key, and by buyers, who have none.
struct Routes: Sendable {
    let store: SandboxStore
    let clerks: Clerks
    let answers: Answers
    let moods: Moods
    let key: Secret
    /// There is something new to be told.
    let wake: @Sendable () -> Void

    private static let bodyLimit = 16 << 10

    func add(to router: inout Router) {
        addPayments(to: &router)
        addRefunds(to: &router)
        addPage(to: &router)
    }

    // MARK: customers

    private func addPayments(to router: inout Router) {
        post("/payments", &router) { body, _ in
            let (order, key) = try Bodies.payment(body)
            return { connection in
                let (payment, isNew) = try store.create(order, key: key, connection)
                return answers.payment(payment, isNew: isNew)
            }
        }
        router.get("/payments/{reference}") { request, responder in
            let reference = request.parameter("reference")
            try self.ask(request.header("Authorization"), responder) { connection in
                answers.payment(try store.require(reference, connection))
            }
        }
        post("/payments/{reference}/cancel", &router) { body, reference in
            try Bodies.cancel(body)
            return { connection in
                let payment = try store.cancel(reference, connection)
                wake()
                return answers.payment(payment)
            }
        }
        post("/payments/{reference}/disputes", &router) { body, reference in
            let status = try Bodies.dispute(body)
            return { connection in
                let payment = try store.dispute(reference, status, connection)
                wake()
                return answers.payment(payment)
            }
        }
    }

    private func addRefunds(to router: inout Router) {
        post("/payments/{reference}/refunds", &router) { body, reference in
            let wish = try Bodies.refund(body)
            return { connection in
                let (refund, isNew) = try store.refund(reference, wish, connection)
                wake()
                return answers.refund(refund, isNew: isNew)
            }
        }
    }

    /// - Parameter work: reads a body, and says what to do about the path's reference.
    private func post(
        _ template: String, _ router: inout Router,
        _ work: @escaping @Sendable ([UInt8], String) throws -> Clerks.Work
    ) {
        let hasReference = template.contains("{reference}")
        router.post(template, bodyLimit: Self.bodyLimit) { request, responder in
            let reference = hasReference ? request.parameter("reference") : ""
            let (authorization, body) = (request.header("Authorization"), request.body)
            guard isKnown(authorization) else { throw Problem.unauthorized }
            guard body.isEmpty || Bodies.kind(request.header("Content-Type")) == .json else { throw Problem.mediaType }
            try ask(authorization, responder, try work(body, reference))
        }
    }

    private func ask(_ authorization: String?, _ responder: Responder, _ work: @escaping Clerks.Work) throws {
        guard isKnown(authorization) else { throw Problem.unauthorized }
        switch moods.next() {
        case .good: clerks.post(responder, work)
        case .failsBefore: throw Moods.failure
        case .failsAfter:
            clerks.post(responder) { connection in
                _ = try work(connection)
                throw Moods.failure
            }
        }
    }

    private func isKnown(_ authorization: String?) -> Bool {
        guard let authorization, authorization.hasPrefix("Bearer ") else { return false }
        return ConstantTime.equal(String(authorization.dropFirst(7)), key.exposed)
    }

    // MARK: buyers

    private func addPage(to router: inout Router) {
        router.get("/pay/{reference}") { request, responder in
            let reference = request.parameter("reference")
            clerks.post(responder) { connection in
                guard let payment = try store.find(reference, connection) else { return PayPage.unknown }
                return PayPage.of(payment)
            }
        }
        router.post("/pay/{reference}", bodyLimit: Self.bodyLimit) { request, responder in
            let reference = request.parameter("reference")
            let body = request.body
            switch Bodies.kind(request.header("Content-Type")) {
            case .json:
                let wish = try Bodies.pay(body)
                clerks.post(responder) { connection in
                    let payment = try store.pay(reference, wish, connection)
                    wake()
                    return answers.payment(payment)
                }
            case .form:
                let wish = try PayPage.wish(body)
                clerks.post(responder) { connection in
                    // Somebody who comes too late sees on the page what became of it.
                    do { _ = try store.pay(reference, wish, connection) } catch let problem as Problem {
                        guard problem.status == .conflict else { throw problem }
                    }
                    wake()
                    return PayPage.seeOther(reference)
                }
            case nil: throw Problem.mediaType
            }
        }
    }
}
