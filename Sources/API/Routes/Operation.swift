public import HTTPServer
public import Tenancy

/// One route with its method: what the router serves and what `/openapi.json` describes, from one source.
public struct Operation: Sendable {
    /// Which process answers it.
    public enum Face: String, Sendable {
        case ingress, query, both
    }

    public enum Body: Hashable, Sendable {
        case none
        /// A JSON object. Optional where the route has something to say without one.
        case json(isRequired: Bool)
        case lines
        /// Signed by its sender, in one of these headers or several: taken as it comes, whatever it says that it is.
        case signed(headers: [String])
    }

    /// `operationId`, in camel case.
    public let name: String
    public let face: Face
    public let method: HTTPMethod
    public let template: String
    /// Any one of these is enough; none: everybody may, without a key.
    public let scopes: [Scope]
    /// Whether it is also asked without a key: it knows by other means who may.
    public let isOpen: Bool
    public let body: Body
    /// In bytes; the listener's limit when it is nil.
    public let bodyLimit: Int?

    public init(
        _ name: String, _ face: Face, _ method: HTTPMethod, _ template: String, _ scopes: [Scope],
        isOpen: Bool = false, body: Body = .none, bodyLimit: Int? = nil
    ) {
        self.isOpen = isOpen
        self.name = name
        self.face = face
        self.method = method
        self.template = template
        self.scopes = scopes
        self.body = body
        self.bodyLimit = bodyLimit
    }
}

extension Operation {
    // What everybody who has a key of a tenant may look at.
    private static let anyOfTenant: [Scope] = [.read, .produce, .manage]

    // MARK: Catalogue

    public static let createEvent = Operation(
        "createEvent", .ingress, .post, "/v1/events", [.manage], body: .json(isRequired: true), bodyLimit: 256 << 10)
    public static let changeEvent = Operation(
        "changeEvent", .ingress, .put, "/v1/events/{id}", [.manage], body: .json(isRequired: true))
    public static let cancelEvent = Operation("cancelEvent", .ingress, .delete, "/v1/events/{id}", [.manage])
    public static let addShow = Operation(
        "addShow", .ingress, .post, "/v1/events/{id}/shows", [.manage], body: .json(isRequired: true))
    public static let cancelShow = Operation("cancelShow", .ingress, .delete, "/v1/shows/{id}", [.manage])
    public static let blockSeats = Operation(
        "blockSeats", .ingress, .post, "/v1/shows/{id}/blocks", [.manage], body: .json(isRequired: true))
    public static let unblockSeats = Operation(
        "unblockSeats", .ingress, .delete, "/v1/shows/{id}/blocks", [.manage], body: .json(isRequired: true))
    public static let listEvents = Operation("listEvents", .query, .get, "/v1/events", [.read])
    public static let event = Operation("event", .query, .get, "/v1/events/{id}", [.read])
    public static let listLocations = Operation("listLocations", .query, .get, "/v1/locations", [.read])
    public static let show = Operation("show", .query, .get, "/v1/shows/{id}", [.read])
    public static let availability = Operation("availability", .query, .get, "/v1/shows/{id}/availability", [.read])
    public static let seatMap = Operation("seatMap", .query, .get, "/v1/shows/{id}/seats", [.read])
    public static let changes = Operation("changes", .query, .get, "/v1/shows/{id}/changes", [.read])

    // MARK: Selling

    public static let reserve = Operation(
        "reserve", .ingress, .post, "/v1/shows/{id}/reservations", [.produce], body: .json(isRequired: true))
    public static let extendReservation = Operation(
        "extendReservation", .ingress, .post, "/v1/reservations/{id}/extend", [.produce],
        body: .json(isRequired: true))
    public static let releaseReservation = Operation(
        "releaseReservation", .ingress, .delete, "/v1/reservations/{id}", [.produce])
    public static let checkout = Operation(
        "checkout", .ingress, .post, "/v1/reservations/{id}/checkout", [.produce], body: .json(isRequired: true))
    public static let cancelBooking = Operation(
        "cancelBooking", .ingress, .delete, "/v1/bookings/{id}", [.produce])
    public static let refundBooking = Operation(
        "refundBooking", .ingress, .post, "/v1/bookings/{id}/refunds", [.manage], body: .json(isRequired: true))
    public static let joinWaitlist = Operation(
        "joinWaitlist", .ingress, .post, "/v1/shows/{id}/waitlist", [.produce], body: .json(isRequired: true))
    public static let leaveWaitlist = Operation("leaveWaitlist", .ingress, .delete, "/v1/waitlist/{id}", [.produce])
    public static let webhook = Operation(
        "webhook", .ingress, .post, "/v1/webhooks/{provider}", [],
        body: .signed(headers: [
            "Stripe-Signature", "Sandbox-Signature", "PayPal-Transmission-Id", "PayPal-Transmission-Time",
            "PayPal-Transmission-Sig", "PayPal-Cert-Url", "PayPal-Auth-Algo",
        ]))
    public static let checkIn = Operation(
        "checkIn", .ingress, .post, "/v1/checkins", [.produce], body: .json(isRequired: true))
    public static let bulk = Operation(
        "bulk", .ingress, .post, "/v1/commands", [.produce, .manage], body: .lines, bodyLimit: 4 << 20)
    public static let reservation = Operation("reservation", .query, .get, "/v1/reservations/{id}", anyOfTenant)
    public static let payment = Operation("payment", .query, .get, "/v1/payments/{id}", anyOfTenant)
    public static let booking = Operation("booking", .query, .get, "/v1/bookings/{id}", anyOfTenant)
    public static let listBookings = Operation("listBookings", .query, .get, "/v1/bookings", anyOfTenant)
    public static let waitlistEntry = Operation("waitlistEntry", .query, .get, "/v1/waitlist/{id}", anyOfTenant)
    public static let ticketSVG = Operation("ticketSVG", .query, .get, "/v1/tickets/{id}/qr.svg", anyOfTenant)
    public static let ticketPNG = Operation("ticketPNG", .query, .get, "/v1/tickets/{id}/qr.png", anyOfTenant)
    public static let keys = Operation("keys", .query, .get, "/v1/keys", [])
    public static let request = Operation(
        "request", .ingress, .get, "/v1/requests/{id}", anyOfTenant + [.desk], isOpen: true)
    public static let receipt = Operation(
        "receipt", .ingress, .get, "/v1/requests/{id}/receipt", anyOfTenant + [.desk], isOpen: true)

    // MARK: Accounts

    public static let login = Operation(
        "login", .ingress, .post, "/v1/accounts/login", [], body: .json(isRequired: true))
    public static let logout = Operation("logout", .ingress, .post, "/v1/accounts/logout", [.desk])

    // MARK: Operating

    public static let healthz = Operation("healthz", .both, .get, "/healthz", [])
    public static let readyz = Operation("readyz", .both, .get, "/readyz", [])
    public static let metrics = Operation("metrics", .both, .get, "/metrics", [])
    public static let openAPI = Operation("openAPI", .both, .get, "/openapi.json", [])
    public static let problem = Operation("problem", .both, .get, "/problems/{code}", [])
    public static let dedicate = Operation(
        "dedicate", .ingress, .post, "/v1/operate/events/{id}/dedicate", [.operate])
    public static let undedicate = Operation(
        "undedicate", .ingress, .post, "/v1/operate/events/{id}/undedicate", [.operate])

    public static let all: [Operation] = [
        createEvent, changeEvent, cancelEvent, addShow, cancelShow, blockSeats, unblockSeats, listEvents, event,
        listLocations, show, availability, seatMap, changes, reserve, extendReservation, releaseReservation, checkout,
        cancelBooking, refundBooking, joinWaitlist, leaveWaitlist, checkIn, webhook, bulk, reservation, payment,
        booking, listBookings, waitlistEntry, ticketSVG, ticketPNG, keys, createAccount, login, logout,
        createDeskTicket,
        cancelDeskTicket, resolveDeskTicket, listDeskTickets, deskTicket, changeDeskSettings, deskSettings, request,
        receipt, healthz, readyz, metrics, openAPI, problem, dedicate, undedicate,
    ]
}
