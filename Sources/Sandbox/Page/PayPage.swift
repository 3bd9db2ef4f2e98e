internal import HTTPServer

/// Where a buyer pays, or is declined: one page, with nothing from elsewhere and no script.
enum PayPage {
    static func of(_ payment: StoredPayment) -> Response {
        let amount = Amount.text(payment.order.amount, payment.order.currency)
        let content =
            switch payment.status {
            case .pending:
                """
                <p class="amount">\(amount)</p>
                <form method="post">
                <button name="outcome" value="succeed">Pay \(amount)</button>
                <button name="outcome" value="decline" class="quiet">Decline</button>
                </form>
                """
            case .processing:
                """
                <p class="amount">\(amount)</p>
                <p class="state">Your bank is checking this payment.</p>
                <p class="hint">This page looks again by itself.</p>
                """
            case .succeeded:
                """
                <p class="amount">\(Amount.text(payment.captured, payment.order.currency))</p>
                <p class="state good">Paid</p>
                \(afterwards(payment))
                """
            case .failed:
                """
                <p class="amount">\(amount)</p>
                <p class="state bad">Declined</p>
                <p class="hint">Nothing was taken. The shop may let you try again.</p>
                """
            case .cancelled:
                """
                <p class="amount">\(amount)</p>
                <p class="state">Cancelled</p>
                <p class="hint">There is nothing to pay any more.</p>
                """
            }
        return page(
            .ok, title: "Pay \(amount)", content, isWaiting: payment.status == .processing,
            reference: payment.reference)
    }

    /// What has happened to the money since it was paid.
    private static func afterwards(_ payment: StoredPayment) -> String {
        var lines: [String] = []
        if payment.refunded > 0 {
            lines.append("\(Amount.text(payment.refunded, payment.order.currency)) given back")
        }
        if let dispute = payment.dispute { lines.append("Disputed with the bank: \(dispute.status.rawValue)") }
        if lines.isEmpty { lines.append("The shop is told. You can close this page.") }
        return lines.map { "<p class=\"hint\">\($0)</p>" }.joined(separator: "\n")
    }

    static let unknown = page(
        .notFound, title: "No such payment", "<p class=\"state\">There is no such payment.</p>", isWaiting: false)

    /// Back to the page, which shows what became of it; loading that again sends nothing again.
    static func seeOther(_ reference: String) -> Response {
        Response(303, headers: ["Location": "/pay/\(reference)", "Cache-Control": "no-store"])
    }

    /// What a browser sends for one of the buttons.
    static func wish(_ body: [UInt8]) throws(Problem) -> PayWish {
        switch String(decoding: body, as: UTF8.self) {
        case "outcome=succeed": return PayWish(outcome: .succeed)
        case "outcome=decline": return PayWish(outcome: .decline)
        default: throw .invalid("The form has one field, outcome: succeed or decline.")
        }
    }

    private static func page(
        _ status: HTTPStatus, title: String, _ content: String, isWaiting: Bool, reference: String? = nil
    ) -> Response {
        let html = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            \(isWaiting ? "<meta http-equiv=\"refresh\" content=\"2\">\n" : "")<title>\(title)</title>
            <style>\(style)</style>
            </head>
            <body>
            <main>
            <h1>Sandbox</h1>
            \(content)
            <p class="note">A rehearsal: no money moves.\(reference.map { "<br><code>\($0)</code>" } ?? "")</p>
            </main>
            </body>
            </html>

            """
        return Response(
            status, .html, .text(html),
            headers: [
                "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
                "Content-Security-Policy":
                    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
            ])
    }

    private static let style = """
        :root { color-scheme: light dark; --line: #d6d9de; --quiet: #5d6673; --ink: #14181f;
        --paper: #f5f6f8; --card: #fff; }
        @media (prefers-color-scheme: dark) {
        :root { --line: #363c46; --quiet: #9aa3b0; --ink: #eef0f3;
        --paper: #15181d; --card: #1e2229; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
        font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        main { width: 100%; max-width: 22rem; padding: 2rem; text-align: center; background: var(--card);
        border: 1px solid var(--line); border-radius: 12px; }
        h1 { margin: 0; font-size: .8125rem; font-weight: 600; letter-spacing: .08em; text-transform: uppercase;
        color: var(--quiet); }
        .amount { margin: .5rem 0 1.5rem; font-size: 2.25rem; font-weight: 700; line-height: 1.2;
        font-variant-numeric: tabular-nums; }
        form { display: grid; gap: .75rem; margin: 0; }
        button { padding: .75rem 1rem; font: inherit; font-weight: 600; border: 1px solid transparent;
        border-radius: 8px; cursor: pointer; color: #fff; background: #1f5fd0; }
        button:hover { filter: brightness(1.1); }
        button:focus-visible { outline: 3px solid #7aa7f5; outline-offset: 2px; }
        .quiet { color: var(--ink); background: none; border-color: var(--line); }
        .state { margin: 0; font-size: 1.125rem; font-weight: 600; }
        .hint { margin: .25rem 0 0; color: var(--quiet); text-wrap: balance; }
        .good { color: #16803c; } .bad { color: #c4321f; }
        @media (prefers-color-scheme: dark) { .good { color: #5bc97f; } .bad { color: #f08373; } }
        .note { margin: 1.5rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .8125rem;
        color: var(--quiet); }
        code { font: .75rem ui-monospace, monospace; overflow-wrap: anywhere; }
        """
}
