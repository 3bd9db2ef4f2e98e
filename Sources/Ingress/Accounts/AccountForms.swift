internal import API
internal import Sealing
internal import Ticketing
internal import Wire

/// What somebody who wants an account says.
struct SignUpForm: Sendable {
    let clientName: String
    let officialEmail: String
    let password: String

    /// Long enough not to be guessed, and short enough to cost nothing before it is looked at.
    static let password = 10...256
    static let clientName = 1...200

    init(_ body: [UInt8]) throws(Fault) {
        self = try Form.read(body) { form in
            guard var object = form.object(0) else { return nil }
            let name = form.required("clientName", in: &object) { $0.title($1, Self.clientName) }
            let email = form.required("officialEmail", in: &object) { $0.address($1) }
            let password = form.required("password", in: &object) { $0.text($1, Self.password) }
            form.finish(object)
            guard form.problems.isEmpty, let name, let email, let password else { return nil }
            return SignUpForm(clientName: name, officialEmail: email, password: password)
        }
    }

    private init(clientName: String, officialEmail: String, password: String) {
        self.clientName = clientName
        self.officialEmail = officialEmail
        self.password = password
    }
}

/// What somebody who has one says.
struct LoginForm: Sendable {
    /// Nil where the host name says it.
    let clientId: TenantId?
    let password: String

    static let password = 1...SignUpForm.password.upperBound

    init(_ body: [UInt8]) throws(Fault) {
        self = try Form.read(body) { form in
            guard var object = form.object(0) else { return nil }
            let clientId = form.optional("clientId", in: &object) { $0.id($1, TenantId.self) }
            let password = form.required("password", in: &object) { $0.text($1, Self.password) }
            form.finish(object)
            guard form.problems.isEmpty, let password else { return nil }
            return LoginForm(clientId: clientId, password: password)
        }
    }

    private init(clientId: TenantId?, password: String) {
        self.clientId = clientId
        self.password = password
    }
}

extension Form {
    fileprivate static func read<Value>(_ body: [UInt8], _ read: (inout Form) -> Value?) throws(Fault) -> Value {
        var tape = JSONTape()
        let result: Result<Value, Malformed> = body.withUnsafeBytes { bytes in
            do throws(JSONSyntaxError) {
                try tape.parse(bytes)
            } catch {
                return .failure(Malformed(error))
            }
            var form = Form(bytes, tape)
            guard let value = read(&form) else { return .failure(Malformed(form.problems)) }
            return .success(value)
        }
        switch result {
        case .success(let value): return value
        case .failure(let malformed): throw Fault(malformed)
        }
    }
}
