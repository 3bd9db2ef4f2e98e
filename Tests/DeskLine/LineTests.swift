internal import Desk
internal import DeskLine
internal import Postgres
internal import TestSupport
import Testing
internal import Ticketing
internal import Wire

/// The line with a worker behind it: accounts, tickets, and what stands in the tenants' databases.
@Suite struct LineTests {
    @Test func anAccountIsAnsweredOnceItsDatabaseIsThere() async throws {
        try await DeskScene.with { scene in
            try scene.withWorker { _ in
                let producer = try scene.producer()
                let request = DeskCommands.account("acme", from: producer)
                let reply = try producer.ask(request)
                #expect(reply.status == 201, "\(reply.text)")
                #expect(reply.text.contains(#""subDomain":"acme""#))
                #expect(reply.text.contains(#""clientId":"\#(request.tenant.text)""#))
                #expect(try scene.count("SELECT count(*) FROM desk WHERE status = 1", in: request.tenant) == 1)
                #expect(try scene.count("SELECT count(*) FROM account WHERE status = 1") == 1)
                // The request is the first line of its journal, and what made it real the second.
                #expect(try scene.count("SELECT count(*) FROM journal", in: request.tenant) == 2)
                let again = try scene.producer(named: "ingress-2")
                var same = request
                same.replyTo = again.name
                let replay = try again.ask(same)
                #expect(replay.isReplayed && replay.status == 201 && replay.body == reply.body)
            }
        }
    }

    @Test func operatorsSeeWhoOwnsDesksPartitionsAndWhoseTheyAre() async throws {
        try await DeskScene.with(partitions: 1) { scene in
            try scene.withWorker { _ in
                _ = try scene.makeTenants(2)
                let list = try Tool.run(
                    try Tool.built("turnstile"),
                    ["partitions", "list", "--database", scene.shop.seats.databaseURL])
                let desk = list.output.split(separator: "\n").filter { $0.hasPrefix("desk") }
                #expect(list.code == 0 && desk.count == 1, "\(list.output)\(list.error)")
                #expect(desk.allSatisfy { $0.contains("desk-1") && $0.contains("tenants: 2") }, "\(desk)")
            }
        }
    }

    @Test func ticketsAreDecidedOnceAndKept() async throws {
        try await DeskScene.with { scene in
            try scene.withWorker { _ in
                let producer = try scene.producer()
                let account = DeskCommands.account("acme", from: producer)
                #expect(try producer.ask(account).status == 201)
                let tickets = (0..<50).map { _ in DeskCommands.ticket(of: account.tenant, from: producer) }
                for ticket in tickets { try producer.send([ticket]) }
                let replies = try tickets.map { try producer.reply(to: $0.id) }
                #expect(replies.allSatisfy { $0.status == 201 }, "\(replies.map(\.text))")
                #expect(try scene.count("SELECT count(*) FROM ticket", in: account.tenant) == 50)
                #expect(
                    try scene.count("SELECT count(DISTINCT starts_at) FROM ticket", in: account.tenant) == 50,
                    "one agent does one a minute")
                // The same once more: the first answers, byte for byte.
                for ticket in tickets { try producer.send([ticket]) }
                try scene.waitUntil("all are answered again") {
                    tickets.allSatisfy { producer.replies(to: $0.id).count == 2 }
                }
                for (ticket, first) in zip(tickets, replies) {
                    let second = producer.replies(to: ticket.id)[1]
                    #expect(second.isReplayed && second.body == first.body)
                }
                #expect(try scene.count("SELECT count(*) FROM ticket", in: account.tenant) == 50)
                // The limit of GOLD is 120 minutes: it is full some time.
                let more = (0..<80).map { _ in DeskCommands.ticket(of: account.tenant, from: producer) }
                try producer.send(more)
                let answers = try more.map { try producer.reply(to: $0.id) }
                let refused = answers.filter { $0.status == 409 }
                #expect(refused.count > 5 && refused.allSatisfy { $0.text.contains("sla-cannot-be-met") })
                #expect(refused.allSatisfy { $0.text.contains("earliest") })
            }
        }
    }
}
