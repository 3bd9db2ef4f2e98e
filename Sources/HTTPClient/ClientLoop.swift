/// The client's thread: begins what is in the inbox, moves bytes, finishes what is over, and waits.
final class ClientLoop {
    private let inbox: Inbox
    private let options: HTTPClient.Options
    private var transfers: [Multi.Handle: Transfer] = [:]

    init(_ inbox: Inbox, _ options: HTTPClient.Options) {
        self.inbox = inbox
        self.options = options
    }

    func run() {
        let multi = inbox.multi
        while let new = inbox.take() {
            for exchange in new { begin(exchange) }
            guard multi.perform() else { break }
            while let (handle, code) = multi.nextEnded() {
                guard let transfer = transfers.removeValue(forKey: handle) else { continue }
                multi.remove(transfer)
                finish(transfer.exchange, transfer.result(code))
            }
            guard multi.wait() else { break }
        }
        end()
    }

    private func begin(_ exchange: Exchange) {
        do throws(HTTPCallError) {
            let transfer = try Transfer(exchange, options)
            guard inbox.multi.add(transfer) else {
                throw HTTPCallError(.refused, "libcurl takes no more calls", mayHaveArrived: false)
            }
            transfers[transfer.handle] = transfer
        } catch {
            finish(exchange, .failure(error))
        }
    }

    private func finish(_ exchange: Exchange, _ result: Result<HTTPAnswer, HTTPCallError>) {
        inbox.settle()
        exchange.finish(result)
    }

    private func end() {
        for transfer in transfers.values {
            let hasSent = transfer.hasSent
            inbox.multi.remove(transfer)
            finish(
                transfer.exchange, .failure(HTTPCallError(.refused, "the client was closed", mayHaveArrived: hasSent)))
        }
        transfers = [:]
        for exchange in inbox.end() {
            finish(exchange, .failure(HTTPCallError(.refused, "the client was closed", mayHaveArrived: false)))
        }
    }
}
