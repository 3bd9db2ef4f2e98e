internal import HTTPServer
internal import Tenancy

extension Operation {
    // MARK: Desk

    public static let createAccount = Operation(
        "createAccount", .ingress, .post, "/v1/accounts", [], body: .json(isRequired: true))
    public static let createDeskTicket = Operation(
        "createDeskTicket", .ingress, .post, "/v1/desk/tickets", [.desk], body: .json(isRequired: true))
    public static let cancelDeskTicket = Operation(
        "cancelDeskTicket", .ingress, .delete, "/v1/desk/tickets/{id}", [.desk])
    public static let resolveDeskTicket = Operation(
        "resolveDeskTicket", .ingress, .post, "/v1/desk/tickets/{id}/resolve", [.desk])
    public static let listDeskTickets = Operation("listDeskTickets", .query, .get, "/v1/desk/tickets", [.desk])
    public static let deskTicket = Operation("deskTicket", .query, .get, "/v1/desk/tickets/{id}", [.desk])
    public static let changeDeskSettings = Operation(
        "changeDeskSettings", .ingress, .put, "/v1/desk/settings", [.desk], body: .json(isRequired: true))
    public static let deskSettings = Operation("deskSettings", .query, .get, "/v1/desk/settings", [.desk])

    // MARK: The internal listener

    public static let validateEta = Operation(
        "validateEta", .ingress, .post, "/internal/validate_eta", [], body: .json(isRequired: true))
    public static let allocateSlot = Operation(
        "allocateSlot", .ingress, .post, "/internal/allocate_slot", [], body: .json(isRequired: true))

    /// Served on a listener of its own, and nowhere else.
    public static let internalOnly: [Operation] = [validateEta, allocateSlot]
}
