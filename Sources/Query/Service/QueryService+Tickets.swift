internal import API
internal import HTTPServer
internal import QRCode
internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

extension QueryService {
    enum Picture: Sendable {
        case svg, png

        fileprivate var type: ContentType {
            switch self {
            case .svg: .svg
            case .png: .png
            }
        }

        fileprivate func bytes(_ code: QRCode) throws(QRCodeError) -> [UInt8] {
            switch self {
            case .svg: code.svg()
            case .png: try code.png(scale: 8)
            }
        }
    }

    /// A ticket's code as a picture, drawn on the thread that looked the ticket up.
    func ticket(_ call: Call, _ picture: Picture) throws {
        try call.allowOnly([])
        records.find(.ticket(try call.requireId()), of: call.tenant) { result in
            do {
                guard case .ticket(let ticket) = try result.get() else { throw Fault.notFound }
                guard !ticket.hasEnded else {
                    throw Fault(.gone, "This ticket does not hold any more: its place was given back.")
                }
                let code = self.seal.text(
                    of: TicketCode(ticket: ticket.id, show: ticket.facts.id.number, place: ticket.place))
                let bytes = try picture.bytes(try QRCode(code))
                call.answer(Response(.ok, picture.type, .bytes(bytes), tag: bytes.tag))
            } catch let fault as Fault {
                self.refuse(call, fault)
            } catch {
                self.refuse(call, Fault(.internalError, "The code could not be drawn."))
            }
        }
    }

    /// What tickets' codes are checked with, also by who is offline, and after that what receipts are. Each is a JSON
    /// Web Key (RFC 8037), too.
    func keys(_ call: Call) throws {
        try call.allowOnly([])
        lists.post(
            ListJob(
                perform: { lists, _ in
                    let found = try lists.signers()
                    self.signers.withLock { $0 = found }
                    self.answerKeys(call)
                    // What was known holds while nobody can be asked.
                }, refuse: { _ in self.answerKeys(call) }))
    }

    private func answerKeys(_ call: Call) {
        let tickets = seal.publicKey
        let keys = [tickets] + signers.withLock { $0 }.filter { $0 != tickets }
        call.answer { writer in
            writer.beginObject()
            writer.array("keys", keys) { writer, key in
                writer.beginObject()
                writer.key("kid")
                writer.string(key.keyId)
                writer.key("alg")
                writer.word("Ed25519")
                writer.key("publicKey")
                writer.string(key.description)
                writer.key("kty")
                writer.word("OKP")
                writer.key("crv")
                writer.word("Ed25519")
                writer.key("x")
                writer.string(key.description)
                writer.key("use")
                writer.word("sig")
                writer.endObject()
            }
            writer.endObject()
        }
    }
}
