internal import HTTPServer
internal import Runtime
internal import Tenancy
package import Wire

/// `/openapi.json`: OpenAPI 3.1, made of the operations that the router serves and their guides.
package struct Description: Sendable {
    package let document: JSONValue

    package init(of operations: [Operation] = Operation.all) {
        var writer = DescriptionWriter()
        let paths = writer.paths(operations)
        document = [
            "openapi": "3.1.0",
            "info": Self.info,
            "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
            "servers": [["url": "/", "description": "This installation."]],
            "tags": .array(
                Guide.Tag.allCases.filter { tag in operations.contains { $0.guide?.tag == tag } }.map {
                    ["name": .string($0.rawValue), "description": .string($0.text)]
                }),
            "paths": paths,
            // Outgoing webhooks have their place here once there are any.
            "webhooks": [:],
            "components": [
                "schemas": writer.schemas, "parameters": writer.parameters, "headers": writer.headers,
                "responses": writer.responses,
                "securitySchemes": [
                    "key": [
                        "type": "http", "scheme": "bearer",
                        "description": .string(
                            """
                            A key of a tenant, with scopes: `read` to look, `produce` for buyers' commands, `manage` \
                            for the catalogue, cancellations and refunds. `operate` runs the installation, and is \
                            no tenant's.
                            """),
                    ],
                    "session": [
                        "type": "http", "scheme": "bearer",
                        "description": .string(
                            """
                            A token of a login, `POST /v1/accounts/login`: for the desk of the account that logged in, \
                            until it expires or is logged out.
                            """),
                    ],
                ],
            ],
        ]
    }

    private static let info: JSONValue = [
        "title": "Turnstile",
        "version": .string(Build.version),
        "summary": "Sells seats and slots under pressure, and none of them twice.",
        "description": .string(
            """
            Writes are commands. Each goes to a queue that one worker decides in order, and waits for its decision: \
            the answer says what was decided, when, and where in that order. When the wait ends first, the answer is \
            202, and `GET /v1/requests/{id}` has the decision as soon as there is one.

            **Send an `Idempotency-Key` with every write.** Then any request can be sent again, whatever happened to \
            the first: the same key with the same body gets the one decision that there is, also if it was a refusal.

            **Errors** are problems of RFC 9457. Look at `code`, which is stable; `type` leads to a page that says \
            what it means, why it happens, what to do, and whether the same key makes sense again.

            **Ids** are opaque. One that is malformed, unknown or another tenant's is 404, always.

            **Desks** are another line, with a login instead of a key: `POST /v1/accounts`, `POST /v1/accounts/login`, \
            and the token that it answers as `Authorization: Bearer tds_…`.

            **Times** are RFC 3339 in UTC. **Money** is an amount in minor units with its currency. A **seat** is \
            `Section/Row/Seat`. Bodies are strict: a member that is not known, there twice, or null is an error. \
            Whole numbers are written without a fraction or an exponent, texts have no U+0000, and their lengths are \
            counted in bytes of UTF-8 (`x-maxBytes`). Answers may gain members: pass over what you do not know.
            """),
    ]
}

extension Guide.Tag {
    fileprivate var text: String {
        switch self {
        case .catalogue: "What is for sale: events, shows, places and their prices."
        case .selling: "From the reservation to the payment."
        case .waitlist: "For who came too late."
        case .bookings: "What was bought: tickets, refunds, the gate."
        case .desk: "Support tickets, each resolved within the time that its class promises."
        case .accounts: "Who has a desk, and who may enter."
        case .internalListener: "For processes beside this installation, at a port of its own: no gateway leads there."
        case .requests: "What became of a command, and the proof of it."
        case .operating: "For those who run the installation."
        case .interface: "The description of this interface."
        }
    }
}
