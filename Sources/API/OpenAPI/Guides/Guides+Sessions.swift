internal import Wire

extension Guides {
    static let sessions: [(Operation, Guide)] = [
        (
            .login,
            Guide(
                tag: .accounts, summary: "Log in",
                text: """
                    A token for the desk of this account, for some hours. At the account's own host name the client id \
                    may be left out. Whether there is such an account is not said to who cannot prove to have it. \
                    After some failures the next try has to wait, for the account and for the address: 429 with \
                    `Retry-After`.
                    """, parameters: [],
                body: .json(
                    .loginRequest,
                    Example("login", "With the client id", ["clientId": Samples.client, "password": Samples.password]),
                    Example("host", "At the account's own host", ["password": Samples.password])),
                answers: [Answer(status: 200, text: "Welcome.", bodies: [.json(.session)])],
                problems: Guide.ofAny + Guide.ofBodies + [.fault(.loginFailed)])
        ),
        (
            .logout,
            Guide(
                tag: .accounts, summary: "Log out",
                text: """
                    Ends the session whose token is sent: within five seconds no process takes it any more. Other \
                    sessions of the account go on.
                    """, parameters: [],
                answers: [Answer(status: 204, text: "It has ended.")],
                problems: Guide.ofAny + Guide.ofKeys + Guide.ofBodies)
        ),
    ]
}

extension Samples {
    static let password: JSONValue = "correct horse battery staple"
    static let token: JSONValue =
        "tds_3wv2fRVtQJ6qg6lHq1m0JQGY88Kn1HwunwttHlpMOyoAaSqxKpvQ0lX2cVwE8Jk9bT0dFz1"
}

extension Component {
    static let loginRequest = Component(
        "LoginRequest",
        .closed([
            .may("clientId", .component(.tenantId), "Needed unless the host name says it."),
            .must("password", .string(bytes: 1...256)),
        ]))

    static let session = Component(
        "Session",
        .object([
            .must("subDomain", .string, "What the account's host name begins with."),
            .must("token", .string(pattern: "^tds_[0-9A-Za-z_-]+$"), "For `Authorization: Bearer …`."),
            .must("expiresAt", .time, "When it ceases to be good, if nobody logs out before."),
        ]).example([
            "subDomain": "acme-7kq2m9xd", "token": Samples.token, "expiresAt": Samples.later,
        ]))
}
