internal import API
internal import HTTPServer
internal import Runtime
internal import Ticketing
internal import Wire

extension QueryService {
    /// `GET /v1/payments/{id}`, which waits until the status is another than the one in `known`.
    func payment(_ call: Call) throws {
        try call.allowOnly(["known"])
        let known = try call.known(Self.paymentWords)
        wait(call, .payment(try call.requireId()), known)
    }

    /// `GET /v1/waitlist/{id}`, which waits until the status changes.
    func entry(_ call: Call) throws {
        try call.allowOnly(["known"])
        let known = try call.known(Self.entryWords)
        wait(call, .entry(try call.requireId()), known)
    }

    private static let paymentWords = [
        "creating", "pending", "succeeded", "failed", "cancelled", "refund-pending", "refunded", "disputed", "incident",
    ]
    private static let entryWords = ["waiting", "offered", "taken", "lapsed", "left"]

    private func wait(_ call: Call, _ lookup: Lookup, _ known: String?) {
        let until = time.monotonic + wait(of: call)
        records.find(lookup, of: call.tenant) { result in
            switch result {
            case .failure(let fault): self.refuse(call, fault)
            case .success(let record):
                guard let (state, word) = record.state, known ?? word == word, self.time.monotonic < until else {
                    call.answer { self.write(record, to: &$0) }
                    return
                }
                let isWaiting = self.waits.add(
                    RecordWaits.Wait(lookup: lookup, known: state, until: until) { self.answer(call, lookup) })
                if !isWaiting { call.answer { self.write(record, to: &$0) } }
            }
        }
    }

    private func answer(_ call: Call, _ lookup: Lookup) {
        records.find(lookup, of: call.tenant) { result in
            switch result {
            case .success(let record): call.answer { self.write(record, to: &$0) }
            case .failure(let fault): self.refuse(call, fault)
            }
        }
    }
}

extension Record {
    /// What can be waited for to change.
    fileprivate var state: (number: UInt8, word: String)? {
        switch self {
        case .payment(let record): (record.status.rawValue, record.status.word.description)
        case .entry(let record): (record.status.rawValue, record.status.word.description)
        default: nil
        }
    }
}

extension Call {
    fileprivate func known(_ words: [String]) throws(Fault) -> String? {
        guard let word = self[query: "known"] else { return nil }
        guard words.contains(word) else {
            throw .invalid("known", "must be one of \(words.joined(separator: ", "))")
        }
        return word
    }
}
