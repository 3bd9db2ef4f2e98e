internal import Sealing
internal import Ticketing
public import Wire

/// A receipt as JSON. Payload and answer stand as strings, so that their bytes survive whatever formats the text anew.
///
///     {"v":1,
///      "record":{"partition":12,"sequence":345678,"batch":901,"kind":0,"id":"0198…","event":"evt_…","tenant":"tnt_…",
///                "payload":"{\"v\":1,…}","status":201,"reply":"{…}","writes":"5f…","salt":"9c…"},
///      "path":["77…","01…"],
///      "batch":{"epoch":7,"at":"2026-11-20T09:05:00.000000Z","firstSequence":345600,"entries":101,"rulesVersion":1,
///               "previousChain":"e3…"},
///      "signature":"…","key":"…"}
///
/// Hashes, ids and salts are hexadecimal, signature and key URL-safe Base64.
extension Receipt {
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("v", 1)
        writer.object("record") { writer in
            writer.field("partition", record.partition)
            writer.field("sequence", record.sequence)
            writer.field("batch", record.batchNumber)
            writer.field("kind", record.kind.rawValue)
            writer.key("id")
            writer.id(record.id)
            writer.key("event")
            writer.id(record.event)
            writer.key("tenant")
            writer.id(record.tenant)
            writer.field("payload", String(decoding: record.payload, as: UTF8.self))
            writer.field("status", record.status)
            writer.field("reply", String(decoding: record.reply, as: UTF8.self))
            writer.field("writes", record.writes.description)
            if let salt = record.salt { writer.field("salt", salt.description) }
        }
        writer.array("path", path) { $0.string($1.description) }
        writer.object("batch") { writer in
            writer.field("epoch", batch.epoch)
            writer.key("at")
            writer.time(batch.at)
            writer.field("firstSequence", batch.firstSequence)
            writer.field("entries", batch.entries)
            writer.field("rulesVersion", batch.rulesVersion)
            writer.field("previousChain", batch.previousChain.description)
        }
        writer.field("signature", signature.description)
        writer.field("key", key.description)
        writer.endObject()
        return writer.bytes
    }

    public init(json bytes: [UInt8]) throws(Malformed) {
        var tape = JSONTape()
        let receipt: Result<Receipt, Malformed> = bytes.withUnsafeBytes { bytes in
            do throws(JSONSyntaxError) {
                try tape.parse(bytes)
            } catch {
                return .failure(Malformed([Problem(pointer: "", message: "no JSON: \(error.message)")]))
            }
            var form = Form(bytes, tape)
            guard let receipt = form.receipt(), form.problems.isEmpty else {
                return .failure(Malformed(form.problems))
            }
            return .success(receipt)
        }
        self = try receipt.get()
    }
}

extension JSONWriter {
    fileprivate mutating func field(_ name: StaticString, _ value: some BinaryInteger) {
        key(name)
        number(UInt64(value))
    }

    fileprivate mutating func field(_ name: StaticString, _ text: String) {
        key(name)
        string(text)
    }
}

extension Form {
    fileprivate mutating func receipt() -> Receipt? {
        guard var whole = object(0) else { return nil }
        _ = required("v", in: &whole) { $0.count($1, 1...1) }
        let record = required("record", in: &whole) { $0.record($1) }
        let path = required("path", in: &whole) { form, node in form.array(node, 0...64) { $0.digest($1) } }
        let batch = required("batch", in: &whole) { $0.header($1) }
        let signature = required("signature", in: &whole) { form, node in
            form.parsed(node, "must be a signature") { Base64.decode($0).flatMap { try? Signature($0) } }
        }
        let key = required("key", in: &whole) { form, node in
            form.parsed(node, "must be a public key") { Base64.decode($0).flatMap { try? VerifyingKey($0) } }
        }
        finish(whole)
        guard let record, let path, let batch, let signature, let key else { return nil }
        return Receipt(record: record, path: path, batch: batch, signature: signature, key: key)
    }

    private mutating func record(_ node: Int) -> JournalRow? {
        guard var object = object(node) else { return nil }
        let partition = required("partition", in: &object) { $0.count($1, 0...Int(UInt32.max)) }
        let sequence = required("sequence", in: &object) { $0.number($1) }
        let batch = required("batch", in: &object) { $0.number($1) }
        let kind = required("kind", in: &object) { $0.count($1, 0...4) }.flatMap { Verdict.Kind(rawValue: UInt8($0)) }
        let id = required("id", in: &object) { form, node in
            form.parsed(node, "must be 32 digits of lower-case hexadecimal") { text in
                Array(text.utf8).withUnsafeBytes { CommandId(hex: $0) }
            }
        }
        let event = required("event", in: &object) { $0.id($1, EventId.self) }
        let tenant = required("tenant", in: &object) { $0.id($1, TenantId.self) }
        let payload = required("payload", in: &object) { $0.text($1, 0...Int(Int32.max)) }
        let status = required("status", in: &object) { $0.count($1, 100...599) }
        let reply = required("reply", in: &object) { $0.text($1, 0...Int(Int32.max)) }
        let writes = required("writes", in: &object) { $0.digest($1) }
        let salt = required("salt", in: &object) { form, node in
            form.parsed(node, "must be 32 digits of hexadecimal") { Salt(hex: $0) }
        }
        finish(object)
        guard let partition, let sequence, let batch, let kind, let id, let event, let tenant, let payload, let status,
            let reply, let writes, let salt
        else { return nil }
        return JournalRow(
            partition: partition, sequence: sequence, batchNumber: batch, kind: kind, id: id, event: event,
            tenant: tenant, status: status, payload: Array(payload.utf8), reply: Array(reply.utf8), writes: writes,
            salt: salt)
    }

    private mutating func header(_ node: Int) -> Receipt.Header? {
        guard var object = object(node) else { return nil }
        let epoch = required("epoch", in: &object) { $0.number($1) }
        let at = required("at", in: &object) { $0.time($1) }
        let firstSequence = required("firstSequence", in: &object) { $0.number($1) }
        let entries = required("entries", in: &object) { $0.count($1, 1...Int(Int32.max)) }
        let rules = required("rulesVersion", in: &object) { $0.count($1, 0...Int(UInt32.max)) }
        let previous = required("previousChain", in: &object) { $0.digest($1) }
        finish(object)
        guard let epoch, let at, let firstSequence, let entries, let rules, let previous else { return nil }
        return Receipt.Header(
            epoch: epoch, at: at, firstSequence: firstSequence, entries: entries, rulesVersion: UInt32(rules),
            previousChain: previous)
    }

    private mutating func number(_ node: Int) -> UInt64? {
        integer(node, 0...999_999_999_999_999_999).map { UInt64($0) }
    }

    private mutating func digest(_ node: Int) -> Digest? {
        parsed(node, "must be 64 digits of hexadecimal") { Hex.decode($0).flatMap { try? Digest($0) } }
    }

    private mutating func parsed<Value>(_ node: Int, _ message: String, _ read: (String) -> Value?) -> Value? {
        guard let text = text(node, 0...1_000) else { return nil }
        let value = read(text)
        if value == nil { problem(node, message) }
        return value
    }
}

extension Salt: CustomStringConvertible {
    /// In lower-case hexadecimal.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.append(self)
        return Hex.encode(bytes)
    }

    public init?(hex text: String) {
        guard let bytes = Hex.decode(text), bytes.count == 16 else { return nil }
        self = bytes.withUnsafeBytes { bytes in
            Salt(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }
}
