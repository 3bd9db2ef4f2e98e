internal import HTTPServer

extension Fault {
    /// How the HTTP server's own refusals are told. (`Problem` is the server's here: this file does not know Wire's.)
    init(_ problem: Problem) {
        let code: FaultCode = FaultCode(rawValue: problem.code) ?? .invalidRequest
        self.init(code, problem.detail ?? problem.title + ".", headers: problem.headers)
    }
}
